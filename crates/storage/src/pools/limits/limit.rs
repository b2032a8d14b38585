//! Pools and their limits.

use compact_str::CompactString;

use super::super::model::PoolLimit;
use super::super::pool_tx::PoolTx;
use super::super::rows::{Pool, PoolId, pool_key, pools_of};
use crate::error::{Error, Result};
use crate::operation::{Message, Portable};
use crate::records::{BoxFuture, Direction, Row, Tx};
use crate::schema;
use crate::slots::MAX_SLOTS;
use crate::store::Store;

/// How long the grants of a pool last by default: 5 minutes.
pub const DEFAULT_LEASE_MS: i64 = 300_000;

impl Store {
    /// Creates the pool, or replaces both its limit and its lease duration (default [`DEFAULT_LEASE_MS`]). Lowering a
    /// limit takes no slot from a step. Fails with `Code::InvalidArg` if the limit does not fit in 32 bits.
    pub async fn set_pool_limit(&self, pool_key: &str, slot_limit: i64, lease_ms: Option<i64>) -> Result<()> {
        if !(-MAX_SLOTS - 1..=MAX_SLOTS).contains(&slot_limit) {
            return Err(Error::invalid("slotLimit", slot_limit, "an integer of -2147483648 to 2147483647"));
        }
        let id = PoolId { location: self.location.clone(), pool: CompactString::from(pool_key) };
        let lease_ms = lease_ms.unwrap_or(DEFAULT_LEASE_MS);
        self.transact_portable(SetLimitRequest { pool: id, limit: slot_limit, lease_ms }).await
    }

    /// Deletes the pool. False if it is unknown; fails with `Code::Conflict` while it is held or waited for. Expired
    /// slots and queue entries do not count.
    pub async fn delete_pool_limit(&self, pool_key: &str) -> Result<bool> {
        let id = PoolId { location: self.location.clone(), pool: CompactString::from(pool_key) };
        self.transact_portable(DeletePoolRequest { pool: id }).await
    }

    /// The pools of the code location, by key.
    pub async fn get_pool_limits(&self) -> Result<Vec<PoolLimit>> {
        let rows = self.view().await?.scan(&pools_of(&self.location), Direction::Forward, usize::MAX).await?;
        rows.into_iter().map(|row| Ok(limit_from(row)?.0)).collect()
    }
}

pub(crate) struct SetLimitRequest {
    pool: PoolId,
    limit: i64,
    lease_ms: i64,
}

async fn set_limit(tx: &mut Tx<'_>, request: &SetLimitRequest) -> Result<()> {
    let SetLimitRequest { pool: id, limit, lease_ms } = request;
    let (limit, lease_ms) = (*limit, *lease_ms);
    let mut pool_tx = PoolTx::new(tx);
    let pool = match pool_tx.pool(id).await? {
        Some(pool) => Pool { limit, lease_ms, ..pool.clone() },
        None => Pool::new(limit, lease_ms),
    };
    pool_tx.put_pool(id, pool).await?;
    pool_tx.settle_queue(id).await?;
    pool_tx.finish();
    Ok(())
}

pub(crate) struct DeletePoolRequest {
    pool: PoolId,
}

async fn delete_pool(tx: &mut Tx<'_>, id: &PoolId) -> Result<bool> {
    let mut pool_tx = PoolTx::new(tx);
    if pool_tx.pool(id).await?.is_none() {
        return Ok(false);
    }
    pool_tx.sweep(id).await?;
    let Pool { used, pending, last_token, .. } = *pool_tx.known(id).await?;
    if used > 0 || pending > 0 {
        let PoolId { pool, .. } = id;
        return Err(Error::conflict(format!("pool '{pool}' is in use: {used} slots are held, {pending} steps wait")));
    }
    pool_tx.finish();
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

impl Portable for SetLimitRequest {
    const NAME: &'static str = "set_limit";
    type Answer = ();

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<()>> {
        Box::pin(set_limit(tx, request))
    }
}

impl Message for SetLimitRequest {
    fn to_row(&self) -> Row {
        self.pool.to_row().with("limit", self.limit).with("lease_ms", self.lease_ms)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let (limit, lease_ms) = (row.take("limit")?, row.take("lease_ms")?);
        Ok(Self { pool: PoolId::from_row(row)?, limit, lease_ms })
    }
}

impl Portable for DeletePoolRequest {
    const NAME: &'static str = "delete_pool";
    type Answer = bool;

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<bool>> {
        Box::pin(delete_pool(tx, &request.pool))
    }
}

impl Message for DeletePoolRequest {
    fn to_row(&self) -> Row {
        self.pool.to_row()
    }

    fn from_row(row: Row) -> Result<Self> {
        Ok(Self { pool: PoolId::from_row(row)? })
    }
}
