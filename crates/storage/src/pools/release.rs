//! Giving slots back, and leaving queues.

use compact_str::CompactString;

use super::events;
use super::ledger::Ledger;
use super::rows::{Lease, StepId, Waiter, leases_of, waiters_of};
use crate::error::Result;
use crate::events::EventType;
use crate::mutant::{self, Mutant};
use crate::records::{Direction, Tx};
use crate::store::Store;

impl Store {
    /// Frees the step's slots in all pools, and its places in their queues. With a token, frees only
    /// the grant with this token, if it is live. Returns how many slots of live leases were freed.
    pub async fn free_concurrency_slots(&self, run_id: &str, step_key: &str, token: Option<i64>) -> Result<usize> {
        self.free(StepId::new(run_id, step_key), token, false).await
    }

    /// With `events`, the step's event of the release is stored along with it.
    pub(super) async fn free(&self, step: StepId, token: Option<i64>, events: bool) -> Result<usize> {
        let request = Release { location: self.location.clone(), step, token, events };
        self.transact(request, |tx, request| Box::pin(async move { release(tx, request).await })).await
    }

    /// Takes the step out of the queues; what it holds it keeps.
    pub(super) async fn leave_queue(&self, step: StepId) -> Result<()> {
        self.transact(step, |tx, step| {
            Box::pin(async move {
                let mut ledger = Ledger::new(tx);
                if let Some(waiter) = ledger.waiter(step).await? {
                    ledger.remove_waiter(&waiter).await?;
                }
                ledger.finish();
                Ok(())
            })
        })
        .await
    }

    /// Frees the slots of all steps of the run, and their places in the queues.
    pub async fn free_concurrency_slots_for_run(&self, run_id: &str) -> Result<usize> {
        let run = CompactString::from(run_id);
        self.transact(run, |tx, run| Box::pin(async move { release_run(tx, run).await })).await
    }
}

/// As part of another operation's transaction.
pub(crate) async fn release_run(tx: &mut Tx<'_>, run_id: &str) -> Result<usize> {
    let leases = tx.scan(&leases_of(run_id), Direction::Forward, usize::MAX).await?;
    let leases: Result<Vec<Lease>> = leases.into_iter().map(Lease::from_row).collect();
    let mut ledger = Ledger::new(tx);
    let mut freed = 0;
    for lease in leases? {
        let lease = ledger.live_lease(&lease.step).await?;
        if let Some(lease) = lease {
            freed += ledger.remove_lease(&lease).await?;
        }
    }
    remove_waiters(&mut ledger, run_id).await?;
    ledger.finish();
    Ok(freed)
}

/// Takes the run out of all queues, as part of another operation's transaction.
pub(crate) async fn leave_queues(tx: &mut Tx<'_>, run_id: &str) -> Result<()> {
    let mut ledger = Ledger::new(tx);
    remove_waiters(&mut ledger, run_id).await?;
    ledger.finish();
    Ok(())
}

async fn remove_waiters(ledger: &mut Ledger<'_, '_>, run_id: &str) -> Result<()> {
    for row in ledger.tx.scan(&waiters_of(run_id), Direction::Forward, usize::MAX).await? {
        // As it is now: the end of a lease may have moved it.
        if let Some(waiter) = ledger.waiter(&Waiter::from_row(row)?.step).await? {
            ledger.remove_waiter(&waiter).await?;
        }
    }
    Ok(())
}

struct Release {
    location: CompactString,
    step: StepId,
    token: Option<i64>,
    events: bool,
}

async fn release(tx: &mut Tx<'_>, request: &Release) -> Result<usize> {
    let Release { location, step, token, events } = request;
    let mut ledger = Ledger::new(tx);
    ledger.load(step, &[]).await?;
    let lease = ledger.live_lease(step).await?;
    let is_old = token.is_some_and(|token| lease.as_ref().is_none_or(|lease| lease.token != token));
    if is_old && !mutant::makes(Mutant::OldTokensChangeNothing) {
        ledger.finish();
        return Ok(0);
    }
    let freed = match &lease {
        Some(lease) => ledger.remove_lease(lease).await?,
        None => 0,
    };
    if token.is_none()
        && let Some(waiter) = ledger.waiter(step).await?
    {
        ledger.remove_waiter(&waiter).await?;
    }
    if freed > 0 && *events {
        events::told(ledger.tx, location, step, EventType::StepSlotReleased).await?;
    }
    ledger.finish();
    Ok(freed)
}
