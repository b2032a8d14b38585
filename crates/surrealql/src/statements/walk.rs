//! The walk over the statements of a call.

use std::cell::Cell;

use rivers_storage::Result;
use surrealdb_sql::{Ast, Expr, TopLevelExpr};
use surrealdb_types::{Datetime, Value};

use super::failed;
use super::stop_points::StopPoints;

/// Why a statement may not run, as the rest of the sentence "statement 1 …".
pub type Refusal = String;
pub type Verdict = Result<(), Refusal>;

/// Visits every node, refuses what may not run, replaces the clock, and inserts stop points.
pub struct Walk {
    /// The store's time.
    now: Expr,
    /// How many filters `[WHERE …]` the node is in.
    pub filters: Cell<usize>,
    /// Where stop points are due.
    pub stop_points: StopPoints,
}

pub fn rewrite(ast: &mut Ast, now_micros: i64, stop_points: StopPoints) -> Result<()> {
    let walk = Walk::new(now_micros, stop_points)?;
    for (index, statement) in ast.expressions.iter_mut().enumerate() {
        walk.statement(statement).map_err(|reason| failed(index + 1, &reason))?;
    }
    Ok(())
}

impl Walk {
    fn new(now_micros: i64, stop_points: StopPoints) -> Result<Self> {
        let (seconds, micros) = (now_micros.div_euclid(1_000_000), now_micros.rem_euclid(1_000_000));
        let nanos = u32::try_from(micros * 1_000).unwrap_or_default();
        let now = Datetime::from_timestamp(seconds, nanos)
            .ok_or_else(|| rivers_storage::Error::internal(format!("{now_micros} is no time")))?;
        Ok(Self { now: Expr::from_public_value(Value::Datetime(now)), filters: Cell::new(0), stop_points })
    }

    pub fn now(&self) -> Expr {
        self.now.clone()
    }

    fn statement(&self, statement: &mut TopLevelExpr) -> Verdict {
        match statement {
            TopLevelExpr::Begin => refuse("begins a transaction: all statements of a call read one snapshot"),
            TopLevelExpr::Cancel => refuse("cancels a transaction: CANCEL"),
            TopLevelExpr::Commit => refuse("commits a transaction: COMMIT"),
            TopLevelExpr::Access(_) => refuse("manages access: ACCESS"),
            TopLevelExpr::Kill(_) => refuse("ends a live query: KILL"),
            TopLevelExpr::Live(_) => refuse("starts a live query: LIVE"),
            TopLevelExpr::Option(_) => refuse("sets an option: OPTION"),
            TopLevelExpr::Use(_) => refuse("changes the database: USE"),
            TopLevelExpr::Show(_) => refuse("reads a change feed: SHOW"),
            TopLevelExpr::Expr(expr) => self.top(expr),
        }
    }

    fn top(&self, expr: &mut Expr) -> Verdict {
        self.stop_points.begin_statement();
        self.statement_expr(expr)?;
        // The walk refuses all that SurrealDB's own predicate denies. If it ever refuses less, the predicate decides.
        if expr.read_only() { Ok(()) } else { refuse("may write") }
    }
}

pub fn refuse(reason: impl Into<String>) -> Verdict {
    Err(reason.into())
}
