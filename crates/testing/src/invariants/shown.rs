//! Everything that the pools show at one time.

use std::collections::BTreeMap;

use crate::Storage;
use rivers_storage::pools::{PoolInfo, SlotHolder, SlotWaiter};

use super::history::{PoolName, StepName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub now: i64,
    pub pools: BTreeMap<PoolName, PoolShown>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolShown {
    pub info: PoolInfo,
    pub holders: Vec<SlotHolder>,
    pub waiters: Vec<SlotWaiter>,
}

/// `stores`: one for each code location.
pub async fn look(stores: &[Storage]) -> Shown {
    let mut pools = BTreeMap::new();
    for store in stores {
        for limit in store.get_pool_limits().await.expect("limits") {
            let key = limit.pool_key.as_str();
            let shown = PoolShown {
                info: store.get_pool_info(key).await.expect("info"),
                holders: store.get_pool_slot_holders(key).await.expect("holders"),
                waiters: store.get_pool_waiters(key).await.expect("waiters"),
            };
            pools.insert(PoolName::new(store.location(), key), shown);
        }
    }
    Shown { now: stores.first().map_or(0, |store| store.now()), pools }
}

impl Shown {
    pub fn limit(&self, pool: &PoolName) -> i64 {
        self.pools.get(pool).map_or(0, |pool| pool.info.limit.slot_limit)
    }

    /// The slots of all holders shown in the pool.
    pub fn used(&self, pool: &PoolName) -> i64 {
        self.pools.get(pool).map_or(0, PoolShown::used)
    }

    pub fn holder(&self, pool: &PoolName, step: &StepName) -> Option<&SlotHolder> {
        self.pools.get(pool)?.holders.iter().find(|holder| holder.run_id == step.run && holder.step_key == step.key)
    }

    pub fn held(&self, pool: &PoolName, step: &StepName) -> i64 {
        self.holder(pool, step).map_or(0, |holder| holder.slots_consumed)
    }

    /// The live lease of the step, as one of its pools shows it.
    pub fn lease(&self, step: &StepName) -> Option<&SlotHolder> {
        self.pools.keys().find_map(|pool| self.holder(pool, step))
    }

    /// Whether so many more slots fit now.
    pub fn fits(&self, pool: &PoolName, more: i64) -> bool {
        let limit = self.limit(pool);
        limit < 0 || self.used(pool) + more <= limit
    }

    /// Whether the limit allows so many slots at all.
    pub fn could_fit(&self, pool: &PoolName, slots: i64) -> bool {
        let limit = self.limit(pool);
        limit < 0 || slots <= limit
    }

    /// Every holder of every pool.
    pub fn holders(&self) -> impl Iterator<Item = (&PoolName, &SlotHolder)> {
        self.pools.iter().flat_map(|(name, pool)| pool.holders.iter().map(move |holder| (name, holder)))
    }

    pub fn waiters(&self) -> impl Iterator<Item = (&PoolName, &SlotWaiter)> {
        self.pools.iter().flat_map(|(name, pool)| pool.waiters.iter().map(move |waiter| (name, waiter)))
    }
}

impl PoolShown {
    pub fn used(&self) -> i64 {
        self.holders.iter().map(|holder| holder.slots_consumed).sum()
    }

    pub fn place_of(&self, step: &StepName) -> Option<usize> {
        self.waiters.iter().position(|waiter| waiter.run_id == step.run && waiter.step_key == step.key)
    }
}
