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
    /// Stores a tick, and gives its id.
    pub async fn store_tick(store: &Store, tick: NewTick) -> Result<String> {
        let ids = store.store_ticks(vec![tick]).await?;
        ids.into_iter().next().ok_or_else(|| Error::internal("a tick was stored without an id"))
    }

    /// Stores ticks in their order, all or none, and gives their ids.
    #[off_thread]
    pub async fn store_ticks(store: &Store, ticks: Vec<NewTick>) -> Result<Vec<String>> {
        store.store_ticks(ticks).await
    }

    /// The ticks of a schedule or sensor, newest first: at most 100, unless `limit` says otherwise.
    #[off_thread]
    pub async fn get_ticks(
        store: &Store,
        automation_name: String,
        options: Option<ListOptions>,
    ) -> Result<Vec<StoredTick>> {
        let options = options.unwrap_or_default();
        store.get_ticks(&automation_name, options.limit_or_default(), options.after.as_deref()).await
    }

    /// Removes all ticks of the automation but the newest, and gives how many went. In batches, so that other calls are
    /// served meanwhile; ticks that come meanwhile stay, unless they are older than those that are kept.
    #[off_thread]
    pub async fn prune_ticks(store: &Store, automation_name: String, options: PruneTicksOptions) -> Result<u32> {
        store.prune_ticks(&automation_name, options.keep).await.map(count)
    }
}
