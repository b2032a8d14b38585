//! The claims that wait for a pool, and why.

use super::super::model::SlotWaiter;
use super::super::pool_tx::PoolTx;
use super::super::rows::{PoolId, StepId};
use super::weigh::weigh;
use crate::error::Result;
use crate::records::Tx;
use crate::store::Store;

impl Store {
    /// The queue of the pool, in its order; empty for an unknown pool. Each waiter is decided as its claim would be, in
    /// a transaction that is dropped, so its reason is the one that a claim would get.
    pub async fn get_pool_waiters(&self, pool_key: &str) -> Result<Vec<SlotWaiter>> {
        let id = self.pool_id(pool_key);
        let view = self.snapshot().await?;
        let mut tx = Tx::new(view.as_ref(), self.records().context(), self.records().now_micros());
        let mut pool_tx = PoolTx::new(&mut tx);
        if pool_tx.pool(&id).await?.is_none() {
            return Ok(Vec::new());
        }
        pool_tx.sweep(&id).await?;
        let entries = pool_tx.queue(&id).await?;
        let named = pool_tx.load_pools_of(&id, &entries).await?;
        pool_tx.load_heads(&named).await?;
        let holding: Vec<StepId> = entries.iter().filter(|entry| entry.holds).map(|entry| entry.step.clone()).collect();
        pool_tx.load(&holding, std::iter::empty()).await?;
        let mut waiters = Vec::new();
        for place in entries {
            let of = |pool: &_| PoolId { location: id.location.clone(), pool: Clone::clone(pool) };
            let pools: Vec<(PoolId, i64)> = place.pools.iter().map(|(pool, slots)| (of(pool), *slots)).collect();
            for (pool, _) in &pools {
                pool_tx.sweep(pool).await?;
            }
            let lease = if place.holds { pool_tx.live_lease(&place.step).await? } else { None };
            let weighed = weigh(&mut pool_tx, &place.step, &pools, lease.as_deref(), place.rank).await?;
            waiters.push(SlotWaiter {
                run_id: place.step.run.to_string(),
                step_key: place.step.step.to_string(),
                slots: pools.iter().find(|(pool, _)| *pool == id).map_or(0, |(_, slots)| *slots),
                priority: -place.rank.minus_priority,
                enqueued_at: place.rank.since_micros.div_euclid(1000),
                position: waiters.len() + 1,
                reason: weighed.reason_to_wait(),
            });
        }
        Ok(waiters)
    }
}
