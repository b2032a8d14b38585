//! Tests of what is refused, what is inserted, and what the parser survives.

mod depth;
mod generated;
mod lists;
mod on_server;
mod refusals;
mod stop_points;
mod texts;
mod time;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rivers_storage::Result;

use super::Statements;

/// The stack of the threads that execute queries.
const STACK: usize = 10 << 20;

fn parse(text: &str, now_micros: i64) -> Result<Statements> {
    super::parse(text, now_micros, HashSet::new())
}

fn error(text: &str) -> String {
    parse(text, 0).map(|_| ()).expect_err(text).to_string()
}

/// The tree of statements that may run.
fn tree(text: &str) -> String {
    let parsed = parse(text, 0).unwrap_or_else(|error| panic!("{text}\n{error}"));
    format!("{:?}", parsed.ast)
}

/// Parses on a thread with the stack of a query's.
fn parses_soon(name: &str, text: String) {
    let parse = move || {
        let started = Instant::now();
        // The executor gets a copy of the tree: both are dropped.
        let outcome = match parse(&text, 0) {
            Ok(parsed) => format!("{} statements", [parsed.clone(), parsed].map(|copy| copy.ast.num_statements())[0]),
            Err(error) => error.to_string(),
        };
        (started.elapsed(), outcome.lines().next().unwrap_or_default().to_owned())
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(parse).unwrap();
    let (took, outcome) = thread.join().unwrap();
    println!("{name}: {took:?}, {outcome}");
    // What is not linear takes minutes; a busy machine takes seconds.
    assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    assert!(outcome.len() < 400, "{name}: {outcome}");
}
