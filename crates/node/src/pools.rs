//! Limits of pools and their use.

use napi_derive::napi;
use rivers_storage::pools::SlotHolder;
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::types::{PoolInfo, PoolLimit, PoolLimitOptions, SlotWaiter};

#[dual]
#[napi]
impl Storage {
    /// Makes a pool, or replaces its limit and its lease duration. A limit below 0 is none. Nobody is evicted.
    pub async fn set_pool_limit(
        store: &Store,
        pool_key: String,
        slot_limit: i32,
        options: Option<PoolLimitOptions>,
    ) -> Result<()> {
        let lease = options.unwrap_or_default().lease_duration.map(|duration| duration.millis);
        store.set_pool_limit(&pool_key, slot_limit.into(), lease).await
    }

    /// Deletes a pool: false when there is none, ERR_CONFLICT while it is held or waited for. If it is made again, its
    /// fencing tokens go on from where they were.
    pub async fn delete_pool_limit(store: &Store, pool_key: String) -> Result<bool> {
        store.delete_pool_limit(&pool_key).await
    }

    /// All pools, by key.
    #[off_thread]
    pub async fn get_pool_limits(store: &Store) -> Result<Vec<PoolLimit>> {
        Ok(store.get_pool_limits().await?.into_iter().map(PoolLimit::from).collect())
    }

    /// All pools with their use, by key.
    #[off_thread]
    pub async fn get_all_pool_infos(store: &Store) -> Result<Vec<PoolInfo>> {
        Ok(store.get_all_pool_infos().await?.into_iter().map(PoolInfo::from).collect())
    }

    /// The pool with its use. ERR_NOT_FOUND for an unknown pool.
    pub async fn get_pool_info(store: &Store, pool_key: String) -> Result<PoolInfo> {
        store.get_pool_info(&pool_key).await.map(PoolInfo::from)
    }

    /// Who holds slots of the pool, by the time of the claim; nobody for an unknown pool.
    #[off_thread]
    pub async fn get_pool_slot_holders(store: &Store, pool_key: String) -> Result<Vec<SlotHolder>> {
        store.get_pool_slot_holders(&pool_key).await
    }

    /// Who waits for slots of the pool, and why, in queue order; nobody for an unknown pool.
    #[off_thread]
    pub async fn get_pool_waiters(store: &Store, pool_key: String) -> Result<Vec<SlotWaiter>> {
        store.get_pool_waiters(&pool_key).await?.into_iter().map(SlotWaiter::try_from).collect()
    }
}
