//! SurrealQL over an open store, by SurrealDB's own executor. It only reads.
//!
//! The life of a query: [`Queries::run`] waits for its turn and starts a thread (thread.rs). The thread parses the text and
//! refuses what may not run (statements/), takes a snapshot (snapshot.rs), and has SurrealDB execute the statements on it
//! (executor.rs). The answers are counted as they come (answers.rs). Meanwhile the caller watches the time and the memory
//! of the thread (queries.rs), and ends the query through stop.rs.

#![recursion_limit = "512"]
#![warn(missing_docs)]

mod answers;
mod executor;
mod memory;
mod plain;
mod queries;
mod snapshot;
mod statements;
mod stop;
mod thread;

pub use memory::{allocated, freed};
pub use plain::Plain;
pub use queries::{Queries, Query};
