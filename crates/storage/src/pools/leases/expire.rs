//! Removing expired slots and queue entries. No result depends on it: reads and claims ignore them already.

use super::super::pool_tx::PoolTx;
use super::super::rows::{Pool, PoolId, all_pools};
use crate::error::Result;
use crate::records::Direction;
use crate::store::Store;

impl Store {
    /// Removes expired slots and queue entries of every code location. Returns the number of slots' rows removed: one
    /// for each step and pool.
    pub async fn free_expired_leases(&self) -> Result<usize> {
        let pools = self.view().await?.scan(&all_pools(), Direction::Forward, usize::MAX).await?;
        let now = self.now();
        let mut removed = 0;
        // A transaction for each pool, so that a long list does not hold up other calls.
        for row in pools {
            let Pool { next_expiry_hint, .. } = Pool::from_row(&mut row.clone())?;
            if next_expiry_hint > now {
                continue;
            }
            removed += self
                .transact(PoolId::from_row(row)?, |tx, id| {
                    Box::pin(async move {
                        let mut pool_tx = PoolTx::new(tx);
                        pool_tx.sweep(id).await?;
                        let swept = pool_tx.swept;
                        pool_tx.finish();
                        Ok(swept)
                    })
                })
                .await?;
        }
        Ok(removed)
    }
}
