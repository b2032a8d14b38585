//! Giving slots back, and leaving queues.

use compact_str::CompactString;

use super::ledger::Ledger;
use super::rows::{Lease, StepId, Waiter, leases_of, waiters_of};
use crate::error::Result;
use crate::records::{Direction, Tx};
use crate::store::Store;

impl Store {
    /// Frees the step's slots in all pools, and its places in their queues. With a token, frees only
    /// the grant with this token, if it is live. Returns how many slots of live leases were freed.
    pub async fn free_concurrency_slots(&self, run_id: &str, step_key: &str, token: Option<i64>) -> Result<usize> {
        let step = StepId::new(run_id, step_key);
        let freed = self
            .transact((step.clone(), token), |tx, (step, token)| {
                Box::pin(async move {
                    let mut ledger = Ledger::new(tx);
                    ledger.load(step, &[]).await?;
                    let lease = ledger.live_lease(step).await?;
                    if token.is_some_and(|token| lease.as_ref().is_none_or(|lease| lease.token != token)) {
                        ledger.finish();
                        return Ok(0);
                    }
                    let freed = free_step(&mut ledger, step, lease, token.is_none()).await?;
                    ledger.finish();
                    Ok(freed)
                })
            })
            .await?;
        if freed > 0 {
            self.keepers().lose_step(&step, None);
        }
        self.freed().notify_waiters();
        Ok(freed)
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
        .await?;
        self.freed().notify_waiters();
        Ok(())
    }

    /// Frees the slots of all steps of the run, and their places in the queues.
    pub async fn free_concurrency_slots_for_run(&self, run_id: &str) -> Result<usize> {
        let run = CompactString::from(run_id);
        let freed = self.transact(run, |tx, run| Box::pin(async move { release_run(tx, run).await })).await?;
        self.run_released(run_id);
        Ok(freed)
    }

    /// Tells whoever holds or waits, after the commit of a transaction with `release_run`.
    pub(crate) fn run_released(&self, run_id: &str) {
        self.keepers().lose_run(run_id);
        self.freed().notify_waiters();
    }
}

/// As part of another operation's transaction; `Store::run_released` follows its commit.
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
        ledger.remove_waiter(&Waiter::from_row(row)?).await?;
    }
    Ok(())
}

async fn free_step(
    ledger: &mut Ledger<'_, '_>,
    step: &StepId,
    lease: Option<Lease>,
    leaves_queue: bool,
) -> Result<usize> {
    let freed = match lease {
        Some(lease) => ledger.remove_lease(&lease).await?,
        None => 0,
    };
    if let Some(waiter) = ledger.waiter(step).await?.filter(|_| leaves_queue) {
        ledger.remove_waiter(&waiter).await?;
    }
    Ok(freed)
}
