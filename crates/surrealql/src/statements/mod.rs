//! Which SurrealQL may run: a text is parsed, refused before any of it runs, and given the store's time.
//!
//! The syntax and the sizes of the variables decide, never stored rows. The walk (`walk.rs`, `expr.rs`, `literal.rs`,
//! `idiom.rs`, `select.rs`) visits each node once, by matches without wildcard arms: a node that a new version of SurrealDB
//! adds does not compile until it is allowed or refused. `stop_points.rs` inserts the points at which a query can be ended.

mod allowed;
mod bounds;
mod calls;
mod expr;
mod idiom;
mod literal;
mod methods;
mod names;
mod on_server;
mod patterns;
mod refused;
mod select;
pub mod stop_points;
mod text;
mod walk;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::time::Duration;

use rivers_storage::{Code, Error, Result};
use surrealdb_sql::Ast;

pub use self::allowed::FUNCTIONS as ALLOWED_FUNCTIONS;
pub use self::refused::functions as refused_functions;
use self::stop_points::StopPoints;

/// Statements that may run.
#[derive(Clone, Debug)]
pub struct Statements {
    /// Only reads, and reads no clock.
    pub ast: Ast,
}

/// Parses `text`, refuses what may not run, replaces the clock by `now_micros` (microseconds since 1970), and inserts stop
/// points.
/// `small` are the variables with small values, which may be copied often.
pub fn parse(text: &str, now_micros: i64, small: HashSet<String>) -> Result<Statements> {
    let mut ast = text::parse(text)?;
    walk::rewrite(&mut ast, now_micros, StopPoints::new(small))?;
    Ok(Statements { ast })
}

/// Like [`parse`], for a server: the text to send, which ends each statement after `timeout`.
pub fn for_server(text: &str, now_micros: i64, small: HashSet<String>, timeout: Duration) -> Result<String> {
    let mut ast = text::parse(text)?;
    walk::rewrite(&mut ast, now_micros, StopPoints::on_server(small))?;
    on_server::text(ast, timeout)
}

/// The error of a statement. `number` counts from 1, without empty statements.
pub fn failed(number: usize, reason: &str) -> Error {
    Error::new(Code::InvalidArg, format!("surql: statement {number} {reason}"))
}
