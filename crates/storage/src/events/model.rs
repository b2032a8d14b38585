//! An event as it is stored, and as it is read.

use crate::partitions::PartitionKey;
use crate::position::EventPosition;

macro_rules! event_types {
    ($($(#[$doc:meta])* $variant:ident),* $(,)?) => {
        /// What an event reports. Only `Materialization`, `Observation` and `Deletion` change what is known of an
        /// asset.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventType { $($(#[$doc])* $variant),* }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name of the type, as it is stored and in JavaScript.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }
        }
    };
}

event_types! {
    /// The data of the asset, or of a partition, was made.
    Materialization,
    /// The data of the asset was looked at: its version may have changed outside of the orchestrator.
    Observation,
    /// The data of the asset, or of a partition, is gone.
    Deletion,
    /// Another action on the asset has ended.
    ActionCompleted,
    /// A step began.
    StepStart,
    /// A step succeeded.
    StepSuccess,
    /// A step failed; with a partition key, for that partition only.
    StepFailure,
    /// A failed step is tried again.
    StepRetry,
    /// A run entered the run queue. `enqueue_runs` stores it.
    RunQueued,
    /// A run was taken from the run queue.
    RunDequeued,
    /// A run could not be launched.
    RunLaunchFailed,
    /// A step was granted its slots.
    StepSlotClaimed,
    /// A step waits for slots.
    StepSlotWaiting,
    /// The lease of a step was renewed.
    StepSlotRenewed,
    /// A step released its slots.
    StepSlotReleased,
}

impl EventType {
    /// The type with this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event_type| event_type.as_str() == name)
    }
}

/// An event to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Storing the same id again changes nothing. Default: generated.
    pub id: Option<String>,
    /// What the event reports.
    pub event_type: EventType,
    /// The run that the event belongs to. The run need not exist.
    pub run_id: String,
    /// The asset; for step events, the step.
    pub asset_key: Option<String>,
    /// The partition that the event is about. [`normalise_partitions`](super::normalise_partitions) must have
    /// normalised it before [`append`](super::append()).
    pub partition_key: Option<PartitionKey>,
    /// When it happened, in milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    /// Pairs of key and value. Order and duplicates are kept.
    pub metadata: Vec<(String, String)>,
    /// The version of the data that was made or observed.
    pub data_version: Option<String>,
    /// What was read, as (asset key, data version).
    pub input_data_versions: Vec<(String, String)>,
}

impl NewEvent {
    /// An event without id, asset, partition, time and data.
    pub fn new(event_type: EventType, run_id: impl Into<String>) -> Self {
        Self {
            id: None,
            event_type,
            run_id: run_id.into(),
            asset_key: None,
            partition_key: None,
            timestamp: None,
            metadata: Vec::new(),
            data_version: None,
            input_data_versions: Vec::new(),
        }
    }
}

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The version of the data that was made or observed.
    pub data_version: Option<String>,
    /// The asset's code version when it was materialized; None for other events.
    pub code_version: Option<String>,
    /// What was read, as (asset key, data version).
    pub input_data_versions: Vec<(String, String)>,
}

/// Which latest materialization of an asset to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionChoice {
    /// The latest one of the whole asset, partitioned or not.
    Any,
    /// The latest one of this partition.
    Key(PartitionKey),
    /// The latest one of the partition with this display form: read as dimensions if it has that form and they were
    /// materialized, otherwise as one value.
    Display(String),
}

/// An event that is being stored, with what storing adds to it.
#[derive(Clone, Copy, Debug)]
pub struct PendingEvent<'e> {
    pub event: &'e NewEvent,
    pub id: &'e str,
    pub position: EventPosition,
    /// The partition key in its canonical form.
    pub partition: Option<&'e str>,
}
