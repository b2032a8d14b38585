//! The storage of an orchestrator's executors: events, assets, staleness, runs, the run queue, and
//! concurrency pools with claims and leases.
//!
//! Every operation is written once, over [`records::Records`]: it reads, decides by a pure function, and says what to
//! write. Nothing here depends on an engine or on JavaScript.
//!
//! The modules are listed from the lowest floor to the highest: a module imports only from the modules above it in this
//! list. `npm run floors` checks that.

#![warn(missing_docs)]

pub mod error;
pub mod duration;
pub mod location;
mod ids;
pub mod clock;
pub mod records;
pub mod description;
pub mod gate;
pub mod invariant;

mod operation;
pub mod schema;
mod store;
mod batches;
mod deletions;
mod append_list;

pub mod kv;
pub mod partitions;
pub mod logs;
pub mod ticks;
mod slots;
mod position;
pub mod assets;
pub mod events;
pub mod staleness;
pub mod pools;
pub mod runs;
mod calls;

mod open;
pub mod tables;

pub use calls::step_of;
pub use error::{Code, Error, Result};
pub use open::OpenStore;
pub use operation::CalledStep;
pub use store::Store;
