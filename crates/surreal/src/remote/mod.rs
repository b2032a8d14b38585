//! Records on a SurrealDB server, which many processes share.
//!
//! - A connection: `endpoint` and `socket`; `session` signs in, and makes it anew when it is lost.
//! - A transaction: `transaction` reads while it decides (`reads`), and notes what the decision rests on; `request` is the one
//!   request that checks this and writes, and `commit` sees to it that it takes place once, in time, or never. A process has
//!   two group commits, one for pools and one for all else (`committer`).
//! - One process decides on pools for all: `election` finds it, `mirror` has the rows of pools in its memory, `preside` is
//!   what it does by itself.
//! - Between processes: `router` gives a step to this process or the elected one; `own_calls` sends calls and reads what
//!   answers them; `calls_of_others` runs them; `posting` is what a commit tells others; `peers` is what is known of the
//!   rows of others; `messages` has those rows.
//! - Queries in SurrealQL (`query`) have connections of their own.

mod calls_of_others;
mod commit;
mod committer;
mod dead_processes;
mod election;
mod endpoint;
mod glance;
mod messages;
mod mirror;
mod open;
mod options;
mod own_calls;
mod peers;
mod posting;
mod preside;
mod query;
mod reads;
mod records;
mod request;
mod router;
mod server_clock;
mod server_errors;
mod session;
mod shared;
mod socket;
mod transaction;
mod values;

pub use open::{connect, migrate_remote};
pub use options::{ConnectArguments, ConnectOptions};
pub use query::{ServerQueries, ServerQuery};
