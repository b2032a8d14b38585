//! Events.

use napi::bindgen_prelude::Either;
use rivers_storage::events;
use rivers_storage::pools::LeaseRef;
use rivers_storage_node_macros::{input, names, output};

use super::partitions::PartitionKey;
use crate::from_js::{Converted, FromJs, ValuePath};
use crate::js::{Js, Kind};

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

/// An event as it is told.
#[input(events::NewEvent)]
pub struct NewEvent {
    /// Makes a retry harmless: storing an id that is there changes nothing. ERR_CONFLICT when its run, type or asset
    /// differ. Default: made up.
    pub id: Option<String>,
    pub event_type: EventType,
    pub run_id: String,
    /// Of step events: the step.
    pub asset_key: Option<Option<String>>,
    /// A string is one value: 'x' is { single: ['x'] }.
    pub partition_key: Option<Option<Either<PartitionKey, String>>>,
    /// Milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    pub metadata: Option<Vec<(String, String)>>,
    pub data_version: Option<Option<String>>,
    /// Of the data that was consumed: [asset key, data version].
    pub input_data_versions: Option<Vec<(String, String)>>,
}

/// An event as it is stored.
#[output(events::StoredEvent)]
pub struct StoredEvent {
    pub id: String,
    pub event_type: EventType,
    pub asset_key: Option<String>,
    pub run_id: String,
    pub partition_key: Option<PartitionKey>,
    pub timestamp: i64,
    pub metadata: Vec<(String, String)>,
    pub data_version: Option<String>,
    /// Of the asset when it was materialized; null for other events.
    pub code_version: Option<String>,
    pub input_data_versions: Vec<(String, String)>,
}

#[input]
#[derive(Default)]
pub struct StoreEventOptions {
    /// Stored only while this grant is live, else ERR_LEASE_LOST.
    pub lease: Option<LeaseRef>,
}

#[derive(Default)]
pub struct LatestOptions {
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
    use super::{Either, PartitionKey, input};

    #[input(super::LatestOptions)]
    pub struct LatestOptions {
        /// Only of this partition. A string is its display form: read as dimensions if it can be and there is such a
        /// partition, else as one value.
        pub partition: Option<Option<Either<PartitionKey, String>>>,
    }
}

#[input]
pub struct PruneEventsOptions {
    /// Milliseconds since the Unix epoch: events of before that time go.
    pub older_than: i64,
    /// Default true: the latest materialization of each asset and partition stays, however old it is.
    pub keep_latest: Option<bool>,
}
