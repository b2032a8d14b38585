//! Records on SurrealDB: in memory, in a directory (RocksDB), or on a server.
//!
//! The rows are ordinary records of ordinary tables in namespace `rivers`, database `main`. This crate reads and writes
//! them as the engine's own keys and values, without SurrealQL. No other part of the product names the engine.

#![recursion_limit = "512"]
#![warn(missing_docs)]

mod codec;
mod config;
mod datastore;
mod detached;
mod engine;
mod errors;
mod folder;
mod group_commit;
mod handle;
mod kvs;
mod local;
mod open;
mod registry;
mod remote;
mod row_transaction;
mod schema_guard;
mod snapshot;
mod version;

pub use config::{Durability, EmbeddedOptions};
pub use handle::StoreHandle;
pub use kvs::cancel_background_work;
pub use registry::{embedded, memory, migrate_embedded};
pub use remote::{ConnectArguments, ConnectOptions, ServerQueries, ServerQuery, connect, migrate_remote};
pub use schema_guard::{DATABASE, NAMESPACE};
pub use snapshot::{Overlay, Snapshot, Snapshots};
