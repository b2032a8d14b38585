//! Partitions of assets: their keys, which of them are materialized, and dynamic partitions, whose keys users add at
//! run time.

mod dynamic;
mod forms;
mod key;
pub(crate) mod materialized;

pub use key::{MAX_NESTING, PartitionKey};
