//! What pools are used for, now. Reads subtract what has ended; they never write.

use super::claim::unknown_pool;
use super::limits::limit_from;
use super::model::{PoolInfo, SlotHolder};
use super::rows::{Expiry, PoolId, ended, pool_key, pools_of, slots_of};
use crate::error::Result;
use crate::records::{Direction, Reads, Row};
use crate::store::Store;

impl Store {
    pub async fn get_pool_info(&self, pool_key_text: &str) -> Result<PoolInfo> {
        let id = self.pool_id(pool_key_text);
        let view = self.view().await?;
        let row = view.get(&pool_key(&id)).await?.ok_or_else(|| unknown_pool(&id))?;
        self.info(view.as_ref(), row).await
    }

    /// By key.
    pub async fn get_all_pool_infos(&self) -> Result<Vec<PoolInfo>> {
        let view = self.view().await?;
        let mut infos = Vec::new();
        for row in view.scan(&pools_of(&self.location), Direction::Forward, usize::MAX).await? {
            infos.push(self.info(view.as_ref(), row).await?);
        }
        Ok(infos)
    }

    /// By the time of the claim; none for an unknown pool.
    pub async fn get_pool_slot_holders(&self, pool_key: &str) -> Result<Vec<SlotHolder>> {
        let now = self.now();
        let slots = slots_of(&self.location, pool_key);
        let rows = self.view().await?.scan(&slots, Direction::Forward, usize::MAX).await?;
        let holders: Result<Vec<SlotHolder>> = rows.into_iter().map(holder_from).collect();
        let mut holders: Vec<SlotHolder> = holders?.into_iter().filter(|slot| slot.lease_expires_at > now).collect();
        holders.sort_by_key(|holder| (holder.claimed_at, holder.token));
        Ok(holders)
    }

    fn pool_id(&self, pool: &str) -> PoolId {
        PoolId { location: self.location.clone(), pool: pool.into() }
    }

    async fn info(&self, view: &dyn Reads, row: Row) -> Result<PoolInfo> {
        let (limit, pool) = limit_from(row)?;
        let id = self.pool_id(&limit.pool_key);
        let (mut claimed, mut pending) = (pool.used, pool.pending);
        for row in view.scan(&ended(&id, self.now()), Direction::Forward, usize::MAX).await? {
            match Expiry::from_row(row)?.slots {
                Some(slots) => claimed -= slots,
                None => pending -= 1,
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
        lease_expires_at: row.take("expires_at")?,
        token: row.take("token")?,
    })
}
