//! Partitions of assets: their keys, which of them are materialized, and dynamic partitions, whose keys users add at
//! run time.

mod dynamic;
mod forms;
mod key;
pub(crate) mod materialized;
mod tables;

pub use key::{MAX_NESTING, PartitionKey};
pub(crate) use tables::TABLES;
