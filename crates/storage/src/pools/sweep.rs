//! Removing what ended. Nothing depends on it: what ended counts for nothing already.

use super::ledger::Ledger;
use super::rows::{Lease, PoolId, Waiter, all_leases, all_pools};
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Range, Row, Table};
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
    let (location, pool): (String, String) = (row.take("location")?, row.take("pool_key")?);
    Ok(PoolId { location: location.into(), pool: pool.into() })
}

/// What an opening of the store does: tokens go on where they were, a lease that ends further away
/// than its own duration (the clock was set back) is cut to it, and the places of waiters whose
/// process is gone are removed.
pub(crate) async fn recover(store: &Store) -> Result<()> {
    let highest = store
        .transact((), |tx, ()| {
            Box::pin(async move {
                let now = tx.now();
                let mut highest = 0;
                for mut row in tx.scan(&all_pools(), Direction::Forward, usize::MAX).await? {
                    highest = highest.max(row.take::<i64>("last_token")?);
                }
                let leases = tx.scan(&all_leases(), Direction::Forward, usize::MAX).await?;
                let waiters = tx.scan(&Range::under(key!(Table::Waiter)), Direction::Forward, usize::MAX).await?;
                let mut ledger = Ledger::new(tx);
                for row in leases {
                    let lease = Lease::from_row(row)?;
                    let latest = now.saturating_add(lease.duration);
                    if lease.expires_at > latest {
                        let cut = Lease { expires_at: latest, ..lease.clone() };
                        ledger.put_lease(Some(&lease), cut).await?;
                    }
                }
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
