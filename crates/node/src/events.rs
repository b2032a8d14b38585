//! Storing and reading events.

use std::sync::Arc;

use napi_derive::napi;
use rivers_storage::events::{NewEvent, StoredEvent};
use rivers_storage::pools::WaitScope;
use rivers_storage::{Error, Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::to_js::count;
use crate::types::{LatestOptions, ListOptions, PruneEventsOptions, StoreEventOptions};

#[dual]
#[napi]
impl Storage {
    /// Stores an event with its effects on asset and partition, in one transaction.
    ///
    /// @returns the id of the event
    /// @throws {StorageError} ERR_CONFLICT if the id is in use for an event with another run, type or asset.
    /// @throws {StorageError} ERR_LEASE_LOST if `lease` is given and not live; nothing is stored.
    pub async fn store_event(
        scope: &Arc<WaitScope>,
        event: NewEvent,
        options: Option<StoreEventOptions>,
    ) -> Result<String> {
        let ids = store_fenced(scope, vec![event], options).await?;
        ids.into_iter().next().ok_or_else(|| Error::internal("an event was stored without an id"))
    }

    /// Stores events in their order, all or none, with their effects on assets and partitions, in one transaction.
    ///
    /// @returns the ids of the events, in their order
    /// @throws {StorageError} ERR_CONFLICT if an id is in use for an event with another run, type or asset.
    /// @throws {StorageError} ERR_LEASE_LOST if `lease` is given and not live; nothing is stored.
    #[off_event_loop]
    pub async fn store_events(
        scope: &Arc<WaitScope>,
        events: Vec<NewEvent>,
        options: Option<StoreEventOptions>,
    ) -> Result<Vec<String>> {
        store_fenced(scope, events, options).await
    }

    /// Lists the asset's events, newest first: 100, unless `limit` is given.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if the asset has no event with the id `after`.
    #[off_event_loop]
    pub async fn get_events_for_asset(
        store: &Store,
        asset_key: String,
        options: Option<ListOptions>,
    ) -> Result<Vec<StoredEvent>> {
        let options = options.unwrap_or_default();
        store.get_events_for_asset(&asset_key, options.limit_or_default(), options.after.as_deref()).await
    }

    /// Lists the run's events, oldest first: all, unless `limit` is given.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if the run has no event with the id `after`.
    #[off_event_loop]
    pub async fn get_events_for_run(
        store: &Store,
        run_id: String,
        options: Option<ListOptions>,
    ) -> Result<Vec<StoredEvent>> {
        let options = options.unwrap_or_default();
        store.get_events_for_run(&run_id, options.limit, options.after.as_deref()).await
    }

    /// Reads the latest materialization of the asset, or of one of its partitions.
    ///
    /// @returns null if there is none
    pub async fn get_latest_materialization(
        store: &Store,
        asset_key: String,
        options: Option<LatestOptions>,
    ) -> Result<Option<StoredEvent>> {
        store.get_latest_materialization(&asset_key, options.unwrap_or_default().choice()).await
    }

    /// Removes the events of this code location that are older than `olderThan`. Unless `keepLatest` is false, the
    /// latest materialization of each asset and partition stays. With `keepLatest: false` the events go, and
    /// `getLatestMaterialization` gives null until the next materialization; asset records and materialized partitions
    /// remain. Outcomes of runs remain in either case; the progress of a run counts the events that are left.
    ///
    /// Reads the oldest event of every run, and otherwise only old events. Works in batches, so that other calls are
    /// served in between. Events that are stored during the call may stay, however old they are.
    ///
    /// @returns the number of removed events
    #[off_event_loop]
    pub async fn prune_events(store: &Store, options: PruneEventsOptions) -> Result<u32> {
        store.prune_events(options.older_than, options.keep_latest.unwrap_or(true)).await.map(count)
    }
}

async fn store_fenced(
    scope: &WaitScope,
    events: Vec<NewEvent>,
    options: Option<StoreEventOptions>,
) -> Result<Vec<String>> {
    match options.unwrap_or_default().lease {
        Some(lease) => scope.store_fenced_events(events, lease).await,
        None => scope.store().store_events(events).await,
    }
}
