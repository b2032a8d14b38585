//! What happened to assets and runs. An event is stored once, under its run; small rows beside it
//! find it by its asset, by an id of the caller's own, and as the latest materialization.

mod append;
mod latest;
mod lists;
mod model;
mod named;
mod prune;
mod remove;
mod rows;

pub use append::append;
pub(crate) use latest::{Latest, latest_key, partition_latest_key};
pub use lists::scan_run;
pub(crate) use model::Occurrence;
pub use model::{EventType, Moment, NewEvent, PartitionChoice, StoredEvent};
pub(crate) use remove::{Latests, Selection, remove_events};
