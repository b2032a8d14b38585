//! Pools and their limits.

use compact_str::CompactString;

use super::ledger::Ledger;
use super::model::{MAX_SLOTS, PoolLimit};
use super::rows::{Pool, PoolId, pool_key, pools_of};
use crate::error::{Error, Result};
use crate::records::{Direction, Row, Tx};
use crate::schema;
use crate::store::Store;

pub const DEFAULT_LEASE_MS: i64 = 300_000;

impl Store {
    /// Makes the pool, or replaces both its limit and its lease duration. Nobody is evicted.
    pub async fn set_pool_limit(&self, pool_key: &str, slot_limit: i64, lease_ms: Option<i64>) -> Result<()> {
        if !(-MAX_SLOTS - 1..=MAX_SLOTS).contains(&slot_limit) {
            return Err(Error::invalid("slotLimit", slot_limit, "an integer of -2147483648 to 2147483647"));
        }
        let id = PoolId { location: self.location.clone(), pool: CompactString::from(pool_key) };
        let lease_ms = lease_ms.unwrap_or(DEFAULT_LEASE_MS);
        self.transact((id, slot_limit, lease_ms), |tx, (id, limit, lease_ms)| {
            Box::pin(async move {
                let (limit, lease_ms) = (*limit, *lease_ms);
                let mut ledger = Ledger::new(tx);
                let pool = match ledger.pool(id).await? {
                    Some(pool) => Pool { limit, lease_ms, ..pool.clone() },
                    None => Pool::new(limit, lease_ms),
                };
                ledger.put_pool(id, pool).await?;
                ledger.settle_queue(id).await?;
                ledger.finish();
                Ok(())
            })
        })
        .await
    }

    /// False when there is no such pool; a conflict while it is held or waited for. What has ended counts
    /// for nothing here, either.
    pub async fn delete_pool_limit(&self, pool_key: &str) -> Result<bool> {
        let id = PoolId { location: self.location.clone(), pool: CompactString::from(pool_key) };
        self.transact(id, |tx, id| Box::pin(delete_pool(tx, id))).await
    }

    /// By key.
    pub async fn get_pool_limits(&self) -> Result<Vec<PoolLimit>> {
        let rows = self.view().await?.scan(&pools_of(&self.location), Direction::Forward, usize::MAX).await?;
        rows.into_iter().map(|row| Ok(limit_from(row)?.0)).collect()
    }
}

async fn delete_pool(tx: &mut Tx<'_>, id: &PoolId) -> Result<bool> {
    let mut ledger = Ledger::new(tx);
    if ledger.pool(id).await?.is_none() {
        return Ok(false);
    }
    ledger.sweep(id).await?;
    let Pool { used, pending, last_token, .. } = *ledger.known(id).await?;
    if used > 0 || pending > 0 {
        let PoolId { pool, .. } = id;
        return Err(Error::conflict(format!("pool '{pool}' is in use: {used} slots are held, {pending} steps wait")));
    }
    ledger.finish();
    tx.delete(pool_key(id));
    // An opening of the store takes the last token from its pools: this one will not be there.
    schema::leave_token(tx, last_token).await?;
    Ok(true)
}

pub(super) fn limit_from(mut row: Row) -> Result<(PoolLimit, Pool)> {
    let pool_key = row.take("pool_key")?;
    let pool = Pool::from_row(&mut row)?;
    Ok((PoolLimit { pool_key, slot_limit: pool.limit, lease_ms: pool.lease_ms }, pool))
}
