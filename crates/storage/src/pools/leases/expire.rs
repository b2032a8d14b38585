//! Removing expired slots and queue entries. No result depends on it: reads and claims ignore them already.

use super::super::pool_tx::PoolTx;
use super::super::rows::{Pool, PoolId, all_pools};
use crate::error::Result;
use crate::operation::{Message, Portable};
use crate::records::{BoxFuture, Direction, Row, Tx};
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
            removed += self.transact_portable(SweepRequest { pool: PoolId::from_row(row)? }).await?;
        }
        Ok(removed)
    }
}

pub(crate) struct SweepRequest {
    pool: PoolId,
}

async fn sweep(tx: &mut Tx<'_>, request: &SweepRequest) -> Result<usize> {
    let mut pool_tx = PoolTx::new(tx);
    pool_tx.sweep(&request.pool).await?;
    let swept = pool_tx.swept;
    pool_tx.finish();
    Ok(swept)
}

impl Portable for SweepRequest {
    const NAME: &'static str = "sweep";
    type Answer = usize;

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<usize>> {
        Box::pin(sweep(tx, request))
    }
}

impl Message for SweepRequest {
    fn to_row(&self) -> Row {
        self.pool.to_row()
    }

    fn from_row(row: Row) -> Result<Self> {
        Ok(Self { pool: PoolId::from_row(row)? })
    }
}
