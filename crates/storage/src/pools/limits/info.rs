//! The present use of pools. Reads subtract expired slots and queue entries; they never write.

use super::super::model::{PoolInfo, SlotHolder};
use super::super::rows::{PoolId, ending_within, not_ended, pool_key, pools_of};
use super::limit::limit_from;
use crate::error::{Error, Result};
use crate::invariant::{Invariant, is_broken};
use crate::records::{Direction, Reads, Row, Scan, Table};
use crate::store::Store;

impl Store {
    /// The pool's limit and present use. Fails with `Code::NotFound` if the pool is unknown.
    pub async fn get_pool_info(&self, pool_key_text: &str) -> Result<PoolInfo> {
        let id = self.pool_id(pool_key_text);
        let view = self.snapshot().await?;
        let row = view.get(&pool_key(&id)).await?.ok_or_else(|| unknown_pool(&id))?;
        self.info(view.as_ref(), row).await
    }

    /// The limits and use of all pools of the code location, by key.
    pub async fn get_all_pool_infos(&self) -> Result<Vec<PoolInfo>> {
        let view = self.snapshot().await?;
        let mut infos = Vec::new();
        for row in view.scan(&pools_of(&self.location), Direction::Forward, usize::MAX).await? {
            infos.push(self.info(view.as_ref(), row).await?);
        }
        Ok(infos)
    }

    /// The steps that hold slots of the pool, by the time of their claims; empty for an unknown pool.
    pub async fn get_pool_slot_holders(&self, pool_key: &str) -> Result<Vec<SlotHolder>> {
        let live = not_ended(Table::Slot, &self.pool_id(pool_key), self.now());
        let rows = self.view().await?.scan(&live, Direction::Forward, usize::MAX).await?;
        let mut holders: Vec<SlotHolder> = rows.into_iter().map(holder_from).collect::<Result<_>>()?;
        holders.sort_by_key(|holder| (holder.claimed_at, holder.token));
        Ok(holders)
    }

    pub(in crate::pools) fn pool_id(&self, pool: &str) -> PoolId {
        PoolId { location: self.location.clone(), pool: pool.into() }
    }

    async fn info(&self, view: &dyn Reads, row: Row) -> Result<PoolInfo> {
        let (limit, pool) = limit_from(row)?;
        let id = self.pool_id(&limit.pool_key);
        let (mut claimed, mut pending) = (pool.used, pool.pending);
        let now = self.now();
        if pool.next_expiry_hint <= now && !is_broken(Invariant::ShownIsEnforced) {
            let expired = |table| Scan::all(ending_within(table, &id, pool.next_expiry_hint, now));
            let scans = [Table::Slot, Table::PlaceEnd].map(expired);
            let mut found = view.scan_many(&scans).await?.into_iter();
            for mut row in found.next().unwrap_or_default() {
                claimed -= row.take::<i64>("slots")?;
            }
            for mut row in found.next().unwrap_or_default() {
                pending -= i64::from(row.take::<i64>("until")? <= now);
            }
        }
        Ok(PoolInfo { limit, claimed, pending })
    }
}

fn holder_from(mut row: Row) -> Result<SlotHolder> {
    Ok(SlotHolder {
        run_id: row.take("run_id")?,
        step_key: row.take("step_key")?,
        slots_consumed: row.take("slots")?,
        claimed_at: row.take("claimed_at")?,
        lease_expires_at: row.take("ends_at")?,
        token: row.take("token")?,
    })
}

pub fn unknown_pool(id: &PoolId) -> Error {
    Error::not_found(format!("pool '{}' is not configured in code location '{}'", id.pool, id.location))
}
