//! Ticks of schedules and sensors.

use napi_derive::napi;
use rivers_storage::ticks::{NewTick, StoredTick};
use rivers_storage::{Error, Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::to_js::count;
use crate::types::{ListOptions, PruneTicksOptions};

#[dual]
#[napi]
impl Storage {
    /// Stores an evaluation of a schedule or sensor.
    ///
    /// @returns the id of the tick
    /// @throws {StorageError} ERR_CONFLICT if the id is in use for a tick of another automation or automation type.
    pub async fn store_tick(store: &Store, tick: NewTick) -> Result<String> {
        let ids = store.store_ticks(vec![tick]).await?;
        ids.into_iter().next().ok_or_else(|| Error::internal("a tick was stored without an id"))
    }

    /// Stores evaluations in their order, all or none.
    ///
    /// @returns the ids of the ticks, in their order
    /// @throws {StorageError} ERR_CONFLICT if an id is in use for a tick of another automation or automation type.
    #[off_event_loop]
    pub async fn store_ticks(store: &Store, ticks: Vec<NewTick>) -> Result<Vec<String>> {
        store.store_ticks(ticks).await
    }

    /// Lists the ticks of a schedule or sensor, newest first: 100, unless `limit` is given. Empty for an unknown
    /// automation.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if the automation has no tick with the id `after`.
    #[off_event_loop]
    pub async fn get_ticks(
        store: &Store,
        automation_name: String,
        options: Option<ListOptions>,
    ) -> Result<Vec<StoredTick>> {
        let options = options.unwrap_or_default();
        store.get_ticks(&automation_name, options.limit_or_default(), options.after.as_deref()).await
    }

    /// Removes all ticks of the automation but the newest `keep`. Works in batches, so that other calls are served in
    /// between. Ticks that are stored during the call stay, unless they are older than the kept ones.
    ///
    /// @returns the number of removed ticks
    #[off_event_loop]
    pub async fn prune_ticks(store: &Store, automation_name: String, options: PruneTicksOptions) -> Result<u32> {
        store.prune_ticks(&automation_name, options.keep).await.map(count)
    }
}
