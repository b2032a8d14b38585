//! Giving slots back, and leaving queues.

use compact_str::CompactString;

use super::super::pool_tx::PoolTx;
use super::super::rows::StepId;
use super::events;
use crate::error::Result;
use crate::invariant::{Invariant, is_broken};
use crate::records::Tx;
use crate::store::Store;

impl Store {
    /// Frees the step's slots in all pools, and removes its queue entries. With a token, frees only the grant with this
    /// token, if it is live, and leaves the queues as they are. Returns in how many pools a live lease was freed.
    pub async fn free_concurrency_slots(&self, run_id: &str, step_key: &str, token: Option<i64>) -> Result<usize> {
        self.free(StepId::new(run_id, step_key), token, false).await
    }

    /// With `events`, stores the step's event of the release in the same transaction.
    pub(in crate::pools) async fn free(&self, step: StepId, token: Option<i64>, events: bool) -> Result<usize> {
        let request = ReleaseRequest { location: self.location.clone(), step, token, events };
        self.transact(request, |tx, request| Box::pin(async move { release(tx, request).await })).await
    }

    /// Removes the step from the queues. It keeps what it holds.
    pub(in crate::pools) async fn leave_queue(&self, step: StepId) -> Result<()> {
        self.transact(step, |tx, step| {
            Box::pin(async move {
                let mut pool_tx = PoolTx::new(tx);
                if let Some(waiter) = pool_tx.waiter(step).await? {
                    pool_tx.remove_waiter(&waiter).await?;
                }
                pool_tx.finish();
                Ok(())
            })
        })
        .await
    }

    /// Frees the slots of all steps of the run, and removes their queue entries. Returns the number of slots' rows
    /// freed: one for each step and pool.
    pub async fn free_concurrency_slots_for_run(&self, run_id: &str) -> Result<usize> {
        let run = CompactString::from(run_id);
        self.transact(run, |tx, run| Box::pin(async move { release_run(tx, run).await })).await
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

struct ReleaseRequest {
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
