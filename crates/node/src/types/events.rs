//! Events.

use rivers_storage::events;
use rivers_storage::pools::LeaseRef;
use rivers_storage_node_macros::{input, names, output};

use super::partitions::{PartitionInput, PartitionKey};
use crate::from_js::{Converted, FromJs, ValuePath};
use crate::js::{Js, Kind};

/// What an event reports. Only `Materialization`, `Observation` and `Deletion` change what is known of an asset.
#[names(events::EventType)]
pub enum EventType {
    Materialization,
    Observation,
    Deletion,
    ActionCompleted,
    StepStart,
    StepSuccess,
    StepFailure,
    StepRetry,
    RunQueued,
    RunDequeued,
    RunLaunchFailed,
    StepSlotClaimed,
    StepSlotWaiting,
    StepSlotRenewed,
    StepSlotReleased,
}

/// An event, as `storeEvent` takes it.
#[input(events::NewEvent)]
pub struct NewEvent {
    /// Makes a retry harmless: storing the same id again changes nothing. Default: generated.
    pub id: Option<String>,
    /// What the event reports.
    pub event_type: EventType,
    /// The run that the event belongs to. The run need not exist.
    pub run_id: String,
    /// The asset; for step events, the step. Default: none.
    pub asset_key: Option<Option<String>>,
    /// The partition that the event is about. A string is one value: 'x' is `{ single: ['x'] }`. Default: none.
    pub partition_key: Option<Option<PartitionInput>>,
    /// When it happened, in milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    /// Pairs of key and value. Order and duplicates are kept. Default: none.
    pub metadata: Option<Vec<(String, String)>>,
    /// Version of the data that was made or observed. Default: none.
    pub data_version: Option<Option<String>>,
    /// Data versions that were read, as [asset key, data version]. Default: none.
    pub input_data_versions: Option<Vec<(String, String)>>,
}

/// A stored event.
#[output(events::StoredEvent)]
pub struct StoredEvent {
    /// The id, as given or generated.
    pub id: String,
    /// What the event reports.
    pub event_type: EventType,
    /// The asset; for step events, the step.
    pub asset_key: Option<String>,
    /// The run that the event belongs to.
    pub run_id: String,
    /// The partition that the event is about.
    pub partition_key: Option<PartitionKey>,
    /// When it happened, in milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// Pairs of key and value, as given.
    pub metadata: Vec<(String, String)>,
    /// Version of the data that was made or observed.
    pub data_version: Option<String>,
    /// The asset's `codeVersion` when it was materialized; null for other events.
    pub code_version: Option<String>,
    /// Data versions that were read, as [asset key, data version].
    pub input_data_versions: Vec<(String, String)>,
}

/// Options of `storeEvent` and `storeEvents`.
#[input]
#[derive(Default)]
pub struct StoreEventOptions {
    /// Stores only while this grant is live; otherwise the call fails with ERR_LEASE_LOST.
    pub lease: Option<LeaseRef>,
}

#[derive(Default)]
pub struct LatestOptions {
    /// Only this partition. A string is the display form: it is read as dimensions if it parses as such and that
    /// partition has a materialization, otherwise as one value. Default: the whole asset.
    pub partition: Option<events::PartitionChoice>,
}

impl LatestOptions {
    pub fn choice(self) -> events::PartitionChoice {
        self.partition.unwrap_or(events::PartitionChoice::Any)
    }
}

impl FromJs for events::PartitionChoice {
    fn from_js<'e>(js: Js<'e>, path: &ValuePath<'_>) -> Converted<'e, Self> {
        match js.kind() {
            Kind::String => String::from_js(js, path).map(Self::Display),
            _ => FromJs::from_js(js, path).map(Self::Key),
        }
    }
}

mod shown {
    use super::{PartitionInput, input};

    /// Options of `getLatestMaterialization`.
    #[input(super::LatestOptions)]
    pub struct LatestOptions {
        /// Only of this partition. A string is its display form: read as dimensions if it can be and there is such a
        /// partition, else as one value.
        pub partition: Option<Option<PartitionInput>>,
    }
}

/// Options of `pruneEvents`.
#[input]
pub struct PruneEventsOptions {
    /// Milliseconds since the Unix epoch: events before this time go.
    pub older_than: i64,
    /// Whether the latest materialization of each asset and partition stays, however old it is. Default true.
    pub keep_latest: Option<bool>,
}
