//! Methods of `Storage` that set and delete pools, and read their limits, use, holders and waiters. Claims and leases are
//! in `claims.rs` and `leases.rs`.

use napi_derive::napi;
use rivers_storage::pools::SlotHolder;
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::types::{PoolInfo, PoolLimit, PoolLimitOptions, SlotWaiter};

#[dual]
#[napi]
impl Storage {
    /// Creates a pool, or replaces its limit and its lease duration. A negative limit means unlimited. Lowering a limit
    /// takes no slot from anyone: nothing is granted until enough slots were freed.
    pub async fn set_pool_limit(
        store: &Store,
        pool_key: String,
        slot_limit: i32,
        options: Option<PoolLimitOptions>,
    ) -> Result<()> {
        let lease = options.unwrap_or_default().lease_duration.map(|duration| duration.millis);
        store.set_pool_limit(&pool_key, slot_limit.into(), lease).await
    }

    /// Deletes a pool. If it is created again, its fencing tokens go on from where they were.
    ///
    /// @returns whether there was such a pool
    /// @throws {StorageError} ERR_CONFLICT while slots of the pool are held or waited for.
    pub async fn delete_pool_limit(store: &Store, pool_key: String) -> Result<bool> {
        store.delete_pool_limit(&pool_key).await
    }

    /// Lists all pools of the code location, by key, each with its limit and its lease duration. Empty if there are none.
    #[off_event_loop]
    pub async fn get_pool_limits(store: &Store) -> Result<Vec<PoolLimit>> {
        Ok(store.get_pool_limits().await?.into_iter().map(PoolLimit::from).collect())
    }

    /// Lists the pools of the code location with their present use, by key.
    #[off_event_loop]
    pub async fn get_all_pool_infos(store: &Store) -> Result<Vec<PoolInfo>> {
        Ok(store.get_all_pool_infos().await?.into_iter().map(PoolInfo::from).collect())
    }

    /// Reads a pool with its present use.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if the pool is unknown.
    pub async fn get_pool_info(store: &Store, pool_key: String) -> Result<PoolInfo> {
        store.get_pool_info(&pool_key).await.map(PoolInfo::from)
    }

    /// Lists the steps that hold slots of the pool, by the time of their claim. Empty for an unknown pool.
    #[off_event_loop]
    pub async fn get_pool_slot_holders(store: &Store, pool_key: String) -> Result<Vec<SlotHolder>> {
        store.get_pool_slot_holders(&pool_key).await
    }

    /// Lists the steps that wait for slots of the pool, in queue order, with the reason why each waits. Empty for an
    /// unknown pool.
    #[off_event_loop]
    pub async fn get_pool_waiters(store: &Store, pool_key: String) -> Result<Vec<SlotWaiter>> {
        store.get_pool_waiters(&pool_key).await?.into_iter().map(SlotWaiter::try_from).collect()
    }
}
