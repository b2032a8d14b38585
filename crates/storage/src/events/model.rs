//! Events as they come in and as they are read.

use crate::partitions::PartitionKey;
use crate::position::EventPosition;

macro_rules! event_types {
    ($($(#[$doc:meta])* $variant:ident),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventType { $($(#[$doc])* $variant),* }

        impl EventType {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }
        }
    };
}

event_types! {
    Materialization,
    Observation,
    /// The data of the asset, or of the partition, is gone.
    Deletion,
    /// Another action on the asset ended; its record does not change.
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

impl EventType {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event_type| event_type.as_str() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Made up when not given.
    pub id: Option<String>,
    pub event_type: EventType,
    pub run_id: String,
    pub asset_key: Option<String>,
    pub partition_key: Option<PartitionKey>,
    /// Now when not given.
    pub timestamp: Option<i64>,
    pub metadata: Vec<(String, String)>,
    pub data_version: Option<String>,
    pub input_data_versions: Vec<(String, String)>,
}

impl NewEvent {
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub id: String,
    pub event_type: EventType,
    pub asset_key: Option<String>,
    pub run_id: String,
    pub partition_key: Option<PartitionKey>,
    pub timestamp: i64,
    pub metadata: Vec<(String, String)>,
    pub data_version: Option<String>,
    /// Of the asset when it was materialized.
    pub code_version: Option<String>,
    pub input_data_versions: Vec<(String, String)>,
}

/// Which partition's latest materialization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionChoice {
    /// The latest of the whole asset, partitioned or not.
    Any,
    Key(PartitionKey),
    /// Read as dimensions if it can be and they were materialized, else as one value.
    Display(String),
}

/// An event that is being stored, with what that adds to it.
#[derive(Clone, Copy, Debug)]
pub struct PendingEvent<'e> {
    pub event: &'e NewEvent,
    pub id: &'e str,
    pub position: EventPosition,
    /// In its canonical form.
    pub partition: Option<&'e str>,
}
