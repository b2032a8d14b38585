//! Points at which the executor notices a timeout.
//!
//! The executor checks scans, sorts, loops and branches, but no call of a closure. `array::map` in `array::map` would go
//! on for hours after the timeout.

use surrealdb_sql::statements::IfelseStatement;
use surrealdb_sql::{Expr, Literal};

/// The same value, with a check before each call. Closures run in SurrealDB's tree walker, which checks each branch:
/// `IF true THEN body END`.
pub fn closure(body: &mut Expr) {
    let inner = std::mem::replace(body, Expr::Break);
    let exprs = vec![(Expr::Literal(Literal::Bool(true)), inner)];
    *body = Expr::IfElse(Box::new(IfelseStatement { exprs, close: None }));
}
