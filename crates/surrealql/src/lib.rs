//! SurrealQL over an open store, by SurrealDB's own executor. It only reads.
//!
//! The life of a query: [`Queries::run`] waits for its turn and starts a thread (turn.rs). The thread parses the text,
//! refuses what may not run and inserts stop points (statements/). It takes a snapshot, and SurrealDB executes the
//! statements on it (executor.rs) through a transaction that only reads (transaction.rs). The answers are counted as they
//! come (answers.rs). The caller watches the time and the memory of the thread (queries.rs, memory.rs), and ends the query
//! through stop.rs.
//!
//! If the store is on a server (server.rs), the statements are checked here, and executed there.

#![recursion_limit = "512"]
#![warn(missing_docs)]

mod answers;
mod executor;
mod memory;
mod plain_value;
mod queries;
mod server;
mod statements;
mod stop;
mod transaction;
mod turn;

pub use memory::{allocated, freed};
pub use plain_value::PlainValue;
pub use queries::{LocalQueries, Queries, Query};
