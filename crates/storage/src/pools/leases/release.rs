//! Giving slots back, and leaving queues.

use compact_str::CompactString;

use super::super::pool_tx::PoolTx;
use super::super::rows::{StepId, Waiter};
use super::events;
use crate::error::Result;
use crate::invariant::{Invariant, is_broken};
use crate::operation::{Message, Portable};
use crate::records::{BoxFuture, Row, Tx};
use crate::store::Store;

impl Store {
    /// Frees the step's slots in all pools, and removes its queue entries. With a token, frees only the grant with this
    /// token, if it is live, and leaves the queues as they are. Returns in how many pools a live lease was freed.
    pub async fn free_concurrency_slots(&self, run_id: &str, step_key: &str, token: Option<i64>) -> Result<usize> {
        self.free(StepId::new(run_id, step_key), token, false).await
    }

    /// With `events`, stores the step's event of the release in the same transaction.
    pub(in crate::pools) async fn free(&self, step: StepId, token: Option<i64>, events: bool) -> Result<usize> {
        self.transact_portable(ReleaseRequest { location: self.location.clone(), step, token, events }).await
    }

    /// Removes the step from the queues. It keeps what it holds, but for a lease that another process granted to this
    /// `attempt` of its claim. With an attempt, what another attempt waits for stays, too.
    pub(in crate::pools) async fn leave_queue(&self, step: StepId, attempt: Option<String>) -> Result<()> {
        self.transact_portable(LeaveRequest { step, attempt }).await
    }

    /// Frees the slots of all steps of the run, and removes their queue entries. Returns the number of slots' rows
    /// freed: one for each step and pool.
    pub async fn free_concurrency_slots_for_run(&self, run_id: &str) -> Result<usize> {
        self.transact_portable(ReleaseRunRequest { run: run_id.into() }).await
    }
}

/// As part of another operation's transaction.
pub async fn release_run(tx: &mut Tx<'_>, run_id: &str) -> Result<usize> {
    let mut pool_tx = PoolTx::new(tx);
    let (holding, waiting) = pool_tx.load_run(run_id).await?;
    let mut freed = 0;
    for step in &holding {
        if let Some(lease) = pool_tx.live_lease(step).await? {
            freed += pool_tx.remove_lease(&lease).await?;
        }
    }
    remove_waiters(&mut pool_tx, &waiting).await?;
    pool_tx.finish();
    Ok(freed)
}

/// Removes the run's steps from all queues, as part of another operation's transaction.
pub async fn leave_queues(tx: &mut Tx<'_>, run_id: &str) -> Result<()> {
    let mut pool_tx = PoolTx::new(tx);
    let (_, waiting) = pool_tx.load_run(run_id).await?;
    remove_waiters(&mut pool_tx, &waiting).await?;
    pool_tx.finish();
    Ok(())
}

async fn remove_waiters(pool_tx: &mut PoolTx<'_, '_>, waiting: &[StepId]) -> Result<()> {
    for step in waiting {
        // As it is in this transaction: the removal of a lease may have moved it.
        if let Some(waiter) = pool_tx.waiter(step).await? {
            pool_tx.remove_waiter(&waiter).await?;
        }
    }
    Ok(())
}

pub(crate) struct ReleaseRequest {
    location: CompactString,
    step: StepId,
    token: Option<i64>,
    events: bool,
}

async fn release(tx: &mut Tx<'_>, request: &ReleaseRequest) -> Result<usize> {
    let ReleaseRequest { location, step, token, events } = request;
    let mut pool_tx = PoolTx::new(tx);
    pool_tx.load(std::slice::from_ref(step), std::iter::empty()).await?;
    let lease = pool_tx.live_lease(step).await?;
    let is_old = token.is_some_and(|token| lease.as_ref().is_none_or(|lease| lease.token != token));
    if is_old && !is_broken(Invariant::OldTokensChangeNothing) {
        pool_tx.finish();
        return Ok(0);
    }
    let freed = match &lease {
        Some(lease) => pool_tx.remove_lease(lease).await?,
        None => 0,
    };
    if token.is_none()
        && let Some(waiter) = pool_tx.waiter(step).await?
    {
        pool_tx.remove_waiter(&waiter).await?;
    }
    if freed > 0 && *events {
        events::released(pool_tx.tx, location, step).await?;
    }
    pool_tx.finish();
    Ok(freed)
}

pub(crate) struct LeaveRequest {
    step: StepId,
    attempt: Option<String>,
}

async fn leave(tx: &mut Tx<'_>, request: &LeaveRequest) -> Result<()> {
    let LeaveRequest { step, attempt } = request;
    let mut pool_tx = PoolTx::new(tx);
    if let Some(attempt) = attempt
        && let Some(lease) = pool_tx.lease(step).await?.filter(|lease| lease.attempt == *attempt)
    {
        pool_tx.remove_lease(&lease).await?;
    }
    // The step may wait again by now, with another attempt.
    let is_own = |waiter: &Waiter| match (attempt, &waiter.terms) {
        (Some(attempt), Some(terms)) => terms.attempt == *attempt,
        (Some(_), None) => false,
        (None, _) => true,
    };
    if let Some(waiter) = pool_tx.waiter(step).await?.filter(|waiter| is_own(waiter)) {
        pool_tx.remove_waiter(&waiter).await?;
    }
    pool_tx.finish();
    Ok(())
}

pub(crate) struct ReleaseRunRequest {
    run: CompactString,
}

impl Portable for ReleaseRequest {
    const NAME: &'static str = "release";
    type Answer = usize;

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<usize>> {
        Box::pin(release(tx, request))
    }
}

impl Message for ReleaseRequest {
    fn to_row(&self) -> Row {
        let row = self.step.to_row().with("location", self.location.clone());
        row.with("token", self.token).with("events", self.events)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let (location, token, events) = (row.take("location")?, row.take("token")?, row.take("events")?);
        Ok(Self { location, token, events, step: StepId::from_row(row)? })
    }
}

impl Portable for ReleaseRunRequest {
    const NAME: &'static str = "release_run";
    type Answer = usize;

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<usize>> {
        Box::pin(release_run(tx, &request.run))
    }
}

impl Message for ReleaseRunRequest {
    fn to_row(&self) -> Row {
        Row::new().with("run", self.run.clone())
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { run: row.take("run")? })
    }
}

impl Portable for LeaveRequest {
    const NAME: &'static str = "leave";
    type Answer = ();

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<()>> {
        Box::pin(leave(tx, request))
    }
}

impl Message for LeaveRequest {
    fn to_row(&self) -> Row {
        self.step.to_row().with("attempt", self.attempt.as_deref())
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { attempt: row.take("attempt")?, step: StepId::from_row(row)? })
    }
}
