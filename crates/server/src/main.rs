//! SurrealDB's server as a program of this workspace: the tests start it, and it needs no download.
#![recursion_limit = "1024"]

use std::process::ExitCode;

fn main() -> ExitCode {
    surrealdb_server::init(surrealdb_server::core::CommunityComposer())
}
