//! Who waits for a pool, and why.

use super::ledger::Ledger;
use super::model::SlotWaiter;
use super::rows::PoolId;
use super::weigh::weigh;
use crate::error::Result;
use crate::records::Tx;
use crate::store::Store;

impl Store {
    /// In queue order; none for an unknown pool. What is shown of each is what a claim would find: it is
    /// decided as one, in a transaction that is thrown away.
    pub async fn get_pool_waiters(&self, pool_key: &str) -> Result<Vec<SlotWaiter>> {
        let id = self.pool_id(pool_key);
        let view = self.view().await?;
        let mut tx = Tx::new(view.as_ref(), self.records().context());
        let mut ledger = Ledger::new(&mut tx);
        if ledger.pool(&id).await?.is_none() {
            return Ok(Vec::new());
        }
        ledger.sweep(&id).await?;
        let mut waiters = Vec::new();
        for place in ledger.queue(&id).await? {
            let of = |pool: &_| PoolId { location: id.location.clone(), pool: Clone::clone(pool) };
            let pools: Vec<(PoolId, i64)> = place.pools.iter().map(|(pool, slots)| (of(pool), *slots)).collect();
            for (pool, _) in &pools {
                ledger.sweep(pool).await?;
            }
            let lease = if place.holds { ledger.live_lease(&place.step).await? } else { None };
            let weighed = weigh(&mut ledger, &place.step, &pools, lease.as_deref(), place.rank).await?;
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
