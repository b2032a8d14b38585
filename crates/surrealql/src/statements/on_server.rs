//! Statements as a text for a server, which ends each after a time.
//!
//! `TIMEOUT` belongs to SELECT alone: any other statement becomes the value of a SELECT. The server stops there at a stop
//! point, and drops what it executes.

use std::time::Duration;

use rivers_storage::{Error, Result};
use surrealdb_sql::field::Selector;
use surrealdb_sql::statements::IfelseStatement;
use surrealdb_sql::{Ast, BinaryOperator, Expr, Fields, Literal, SelectStatement, TopLevelExpr};
use surrealdb_types::{ToSql, Value};

use super::{failed, text};

/// The text of statements that may run, each with the timeout. Another timeout in it counts if it is shorter.
pub fn text(mut ast: Ast, timeout: Duration) -> Result<String> {
    let timeout = Expr::from_public_value(Value::Duration(timeout.into()));
    for statement in &mut ast.expressions {
        if let TopLevelExpr::Expr(expr) = statement {
            limit(expr, &timeout);
        }
    }
    let text = ast.to_sql();
    // The server must read what was checked here, but SurrealDB's printer leaves out some parentheses: those of
    // `LIMIT (RETURN 1) FETCH a`, for one.
    match text::reparse(&text) {
        Ok(read) if read == ast => Ok(text),
        Ok(read) => {
            let differs = |(number, (sent, read)): (usize, (&TopLevelExpr, &TopLevelExpr))| {
                (sent != read)
                    .then(|| failed(number + 1, "has a nesting that cannot be written for a server: split it by LET"))
            };
            let first = ast.expressions.iter().zip(&read.expressions).enumerate().find_map(differs);
            Err(first.unwrap_or_else(|| Error::internal("the text of a query has other statements")))
        }
        Err(number) => Err(failed(number, "is nested too deeply for a server")),
    }
}

fn limit(expr: &mut Expr, timeout: &Expr) {
    match expr {
        // They take no time, or have no value that a SELECT could have.
        Expr::Info(_) | Expr::Explain { analyze: false, .. } | Expr::Break | Expr::Continue => {}
        Expr::Explain { statement, .. } => limit(statement, timeout),
        Expr::Let(statement) => limit(&mut statement.what, timeout),
        Expr::Return(statement) => limit(&mut statement.what, timeout),
        Expr::Throw(thrown) => limit(thrown, timeout),
        Expr::Select(select) => limit_select(select, timeout),
        other => {
            let value = std::mem::replace(other, Expr::Break);
            *other = Expr::Select(Box::new(select_value(value, timeout)));
        }
    }
}

fn limit_select(select: &mut SelectStatement, timeout: &Expr) {
    let given = std::mem::replace(&mut select.timeout, timeout.clone());
    if matches!(given, Expr::Literal(Literal::None)) {
        return;
    }
    let is_shorter =
        Expr::Binary { left: Box::new(given.clone()), op: BinaryOperator::LessThan, right: Box::new(timeout.clone()) };
    let shorter = IfelseStatement { exprs: vec![(is_shorter, given)], close: Some(timeout.clone()) };
    select.timeout = Expr::IfElse(Box::new(shorter));
}

/// `SELECT VALUE … FROM ONLY {} TIMEOUT …`
fn select_value(value: Expr, timeout: &Expr) -> SelectStatement {
    SelectStatement {
        fields: Fields::Value(Box::new(Selector { expr: value, alias: None })),
        omit: Vec::new(),
        only: true,
        what: vec![Expr::Literal(Literal::Object(Vec::new()))],
        with: None,
        cond: None,
        split: None,
        group: None,
        order: None,
        limit: None,
        start: None,
        fetch: None,
        version: Expr::Literal(Literal::None),
        timeout: timeout.clone(),
        explain: None,
        tempfiles: false,
        for_update: false,
    }
}
