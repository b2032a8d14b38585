//! The storage of an orchestrator's executors: events, assets, staleness, runs, the run queue, and
//! concurrency pools with claims and leases.
//!
//! Everything is written once, over [`records::Records`]: an operation reads, decides by a pure
//! function, and says what to write. Nothing here knows an engine or JavaScript.

pub mod assets;
mod batches;
mod changes;
pub mod clock;
pub mod duration;
pub mod error;
pub mod events;
pub mod gate;
mod ids;
mod journal;
pub mod kv;
pub mod location;
pub mod logs;
pub mod mutant;
pub mod partitions;
pub mod pools;
pub mod records;
pub mod runs;
pub mod schema;
pub mod staleness;
mod store;
pub mod ticks;

pub use error::{Code, Error, Result};
pub use store::{Base, Store};
