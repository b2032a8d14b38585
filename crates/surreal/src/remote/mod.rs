//! Records on a SurrealDB server, which many processes share.
//!
//! An operation reads while it decides (`reads`), and one request (`commit`) checks that what it read is current, and writes. A
//! `session` is a connection that is signed in and made anew when it is lost; a `socket` is one connection.
//! Queries in SurrealQL (`query`) have connections of their own.

mod calls;
mod commit;
mod elected;
mod election;
mod endpoint;
mod gone;
mod messages;
mod mirror;
mod open;
mod options;
mod others;
mod query;
mod reads;
mod records;
mod request;
mod session;
mod socket;
mod transaction;
mod values;

pub use open::{connect, migrate_remote};
pub use options::{ConnectArguments, ConnectOptions};
pub use query::{ServerQueries, ServerQuery};
