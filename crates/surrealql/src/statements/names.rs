//! Names of fields without an alias: SurrealDB takes the text of the expression, which must stay the text that was
//! written when the walk puts the time or a stop point into the expression.

use surrealdb_sql::{Expr, Idiom, Part};
use surrealdb_types::ToSql;

/// The name, if it depends on what the walk may change. A path keeps its fields.
pub fn of(expr: &Expr) -> Option<String> {
    let Idiom(parts) = expr.to_idiom();
    match parts.as_slice() {
        [Part::Field(text)] => Some(text.as_str().to_owned()),
        [Part::Start(start)] => Some(start.to_sql()),
        _ => None,
    }
}

/// The name of a path through fields, which is no text.
pub fn path(expr: &Expr) -> Option<Idiom> {
    let name = expr.to_idiom();
    let fields = name.0.iter().all(|part| matches!(part, Part::Field(_)));
    (matches!(expr, Expr::Idiom(_)) && fields && !name.0.is_empty()).then_some(name)
}

/// Names the field as it was before the walk.
pub fn keep(before: Option<String>, expr: &Expr, alias: &mut Option<Idiom>) {
    if let Some(before) = before
        && alias.is_none()
        && of(expr).as_ref() != Some(&before)
    {
        *alias = Some(Idiom::field(before));
    }
}
