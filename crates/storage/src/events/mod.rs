//! Events of assets and runs. An event is stored once, under its run. Small rows beside it find it by its asset, by an
//! id that the caller gave, and as the latest materialization.

mod append;
mod asset_updates;
mod effects;
mod identity;
mod latest;
mod lists;
mod model;
mod prune;
mod remove;
mod rows;
mod tables;

pub use crate::position::EventPosition;
pub use append::{append, normalise_partitions};
pub use lists::scan_run;
pub use model::{EventType, NewEvent, PartitionChoice, StoredEvent};
pub(crate) use remove::{Latests, Selection, remove_events};
pub(crate) use tables::TABLES;
