//! Removing what ended. Nothing depends on it: what ended counts for nothing already.

use super::ledger::Ledger;
use super::rows::{Lease, PoolId, Waiter, all_leases, all_pools, all_waiters};
use crate::error::Result;
use crate::records::{Direction, Row};
use crate::store::Store;

/// A place in a queue that lasts as long as the process that waits.
pub(super) const PROCESS_LIFE_MS: i64 = i64::MAX / 4;

impl Store {
    /// Removes expired slots of every code location, and places in queues. Returns how many slots.
    pub async fn free_expired_leases(&self) -> Result<usize> {
        let pools = self.view().await?.scan(&all_pools(), Direction::Forward, usize::MAX).await?;
        let mut removed = 0;
        // A transaction a pool, so that a long list does not hold up others.
        for row in pools {
            removed += self
                .transact(pool_id(row)?, |tx, id| {
                    Box::pin(async move {
                        let mut ledger = Ledger::new(tx);
                        ledger.sweep(id).await?;
                        let swept = ledger.swept;
                        ledger.finish();
                        Ok(swept)
                    })
                })
                .await?;
        }
        Ok(removed)
    }
}

pub(super) fn pool_id(mut row: Row) -> Result<PoolId> {
    Ok(PoolId { location: row.take("location")?, pool: row.take("pool_key")? })
}

/// What an opening of the store does: time and tokens go on where they were, and the places of waiters
/// whose process is gone are removed.
pub(crate) async fn recover(store: &Store) -> Result<()> {
    resume_time(store).await?;
    let highest = store
        .transact((), |tx, ()| {
            Box::pin(async move {
                let mut highest = 0;
                for mut row in tx.scan(&all_pools(), Direction::Forward, usize::MAX).await? {
                    highest = highest.max(row.take::<i64>("last_token")?);
                }
                let waiters = tx.scan(&all_waiters(), Direction::Forward, usize::MAX).await?;
                let mut ledger = Ledger::new(tx);
                for row in waiters {
                    let waiter = Waiter::from_row(row)?;
                    if waiter.until >= PROCESS_LIFE_MS {
                        ledger.remove_waiter(&waiter).await?;
                    }
                }
                ledger.finish();
                Ok(highest)
            })
        })
        .await?;
    store.records().context().resume(String::new(), 0, highest);
    Ok(())
}

/// A process that crashed has left no time in the stamp of the store. It is not before the last claim or
/// renewal of a lease, nor before the last who came to a queue: so whoever asked first stays first, and no
/// lease lasts longer than its own duration from now, although the clock was set back.
async fn resume_time(store: &Store) -> Result<()> {
    let view = store.view().await?;
    let mut newest_micros = 0;
    for row in view.scan(&all_leases(), Direction::Forward, usize::MAX).await? {
        let Lease { claimed_at, expires_at, duration, .. } = Lease::from_row(row)?;
        newest_micros = newest_micros.max(claimed_at.max(expires_at.saturating_sub(duration)).saturating_mul(1000));
    }
    for row in view.scan(&all_waiters(), Direction::Forward, usize::MAX).await? {
        newest_micros = newest_micros.max(Waiter::from_row(row)?.rank.since_micros);
    }
    store.records().context().clock.not_before(newest_micros);
    Ok(())
}
