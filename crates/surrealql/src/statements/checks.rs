//! Points at which the executor notices a timeout or a cancellation.
//!
//! The executor checks scans, sorts, loops and branches. It checks neither the calls of a closure nor the predicate of
//! a filter, which run once for each element: two of them nested would go on long after the timeout. A statement that
//! it does check is put there.

use surrealdb_sql::statements::{ForeachStatement, IfelseStatement};
use surrealdb_sql::{Block, Expr, Literal, Param};

/// The same value, with a check before each call of a closure. Closures run in the tree walker of SurrealDB, which
/// checks each branch: `IF true THEN body END`.
pub fn closure(body: &mut Expr) {
    branch(body, |body| IfelseStatement { exprs: vec![(Expr::Literal(Literal::Bool(true)), body)], close: None });
}

/// The same value, with a check before each element. The streaming executor checks a loop, and no branch:
/// `IF (FOR $_ IN [0] {}) THEN NONE ELSE predicate END`.
pub fn filter(predicate: &mut Expr) {
    branch(predicate, |predicate| IfelseStatement {
        exprs: vec![(once(), Expr::Literal(Literal::None))],
        close: Some(predicate),
    });
}

fn once() -> Expr {
    Expr::Foreach(Box::new(ForeachStatement {
        param: Param::new("_"),
        range: Expr::Literal(Literal::Array(vec![Expr::Literal(Literal::Integer(0))])),
        block: Block(Vec::new()),
    }))
}

fn branch(expr: &mut Expr, around: impl FnOnce(Expr) -> IfelseStatement) {
    let inner = std::mem::replace(expr, Expr::Break);
    *expr = Expr::IfElse(Box::new(around(inner)));
}
