//! Storing and reading events.

use napi_derive::napi;
use rivers_storage::events::{NewEvent, StoredEvent};
use rivers_storage::{Error, Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::to_js::count;
use crate::types::{LatestOptions, ListOptions, PruneEventsOptions, StoreEventOptions};

#[dual]
#[napi]
impl Storage {
    /// Stores an event with all that follows from it, in one transaction, and gives its id.
    pub async fn store_event(store: &Store, event: NewEvent, options: Option<StoreEventOptions>) -> Result<String> {
        let ids = store_fenced(store, vec![event], options).await?;
        ids.into_iter().next().ok_or_else(|| Error::internal("an event was stored without an id"))
    }

    /// Stores events in their order, all or none, and gives their ids.
    #[off_thread]
    pub async fn store_events(
        store: &Store,
        events: Vec<NewEvent>,
        options: Option<StoreEventOptions>,
    ) -> Result<Vec<String>> {
        store_fenced(store, events, options).await
    }

    /// The asset's events, newest first: at most 100, unless `limit` says otherwise.
    #[off_thread]
    pub async fn get_events_for_asset(
        store: &Store,
        asset_key: String,
        options: Option<ListOptions>,
    ) -> Result<Vec<StoredEvent>> {
        let options = options.unwrap_or_default();
        store.get_events_for_asset(&asset_key, options.limit_or_default(), options.after.as_deref()).await
    }

    /// The run's events, oldest first: all of them, unless `limit` says otherwise.
    #[off_thread]
    pub async fn get_events_for_run(
        store: &Store,
        run_id: String,
        options: Option<ListOptions>,
    ) -> Result<Vec<StoredEvent>> {
        let options = options.unwrap_or_default();
        store.get_events_for_run(&run_id, options.limit, options.after.as_deref()).await
    }

    /// The latest materialization of the asset, or of one of its partitions; null when there is none.
    pub async fn get_latest_materialization(
        store: &Store,
        asset_key: String,
        options: Option<LatestOptions>,
    ) -> Result<Option<StoredEvent>> {
        store.get_latest_materialization(&asset_key, options.unwrap_or_default().choice()).await
    }

    /// Removes the events of this code location that are older than a time, and gives how many went. Unless `keepLatest`
    /// is false, the latest materialization of each asset and partition stays; without it,
    /// `getLatestMaterialization` gives null until there is a new one. Asset records, materialized partitions and
    /// outcomes of runs stay as they are; the progress of a run counts what is left of its events.
    ///
    /// Reads the oldest event of every run that has any, and beyond that only old ones; in batches, so that other calls
    /// are served meanwhile. Events that come meanwhile may stay, however old they are.
    #[off_thread]
    pub async fn prune_events(store: &Store, options: PruneEventsOptions) -> Result<u32> {
        store.prune_events(options.older_than, options.keep_latest.unwrap_or(true)).await.map(count)
    }
}

async fn store_fenced(store: &Store, events: Vec<NewEvent>, options: Option<StoreEventOptions>) -> Result<Vec<String>> {
    match options.unwrap_or_default().lease {
        Some(lease) => store.store_fenced_events(events, lease).await,
        None => store.store_events(events).await,
    }
}
