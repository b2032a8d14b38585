//! Records on `SurrealDB`, in this process: in memory, or in a directory (`RocksDB`).
//!
//! The rows are ordinary records of ordinary tables in namespace `rivers`, database `main`; they
//! are read and written as the engine's own keys and values, without `SurrealQL`. This is the only
//! crate that names the engine.

#![recursion_limit = "512"]

mod codec;
mod config;
mod datastore;
mod detached;
mod engine;
mod errors;
mod folder;
mod handle;
mod kvs;
mod lane;
mod local;
mod open;
mod registry;
mod schema_guard;
mod transaction;
mod version;

pub use config::{Durability, EmbeddedOptions};
pub use handle::Handle;
pub use kvs::hurry;
pub use registry::{embedded, memory, migrate_embedded};
