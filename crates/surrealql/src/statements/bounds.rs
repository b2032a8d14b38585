//! Bounds on what SurrealDB does in one step, which nothing can stop.

use std::ops::Bound;

use surrealdb_sql::{BinaryOperator, Expr, Function, FunctionCall, Literal, Mock, Part};

use super::walk::{Verdict, refuse};

/// Mocks make a record id for each number.
const MOST_MOCKS: i128 = 10_000;
/// `array::join` repeats its separator without a limit of its own.
const LONGEST_SEPARATOR: usize = 64;

pub fn mock(mock: &Mock) -> Verdict {
    let count = match mock {
        Mock::Count(_, count) => i128::from(*count),
        Mock::Range(_, range) => {
            let start = match range.start {
                Bound::Included(start) => i128::from(start),
                Bound::Excluded(start) => i128::from(start) + 1,
                Bound::Unbounded => i128::from(i64::MIN),
            };
            let end = match range.end {
                Bound::Included(end) => i128::from(end) + 1,
                Bound::Excluded(end) => i128::from(end),
                Bound::Unbounded => i128::from(i64::MAX) + 1,
            };
            end - start
        }
    };
    if count > MOST_MOCKS { refuse(format!("makes {count} record ids, more than {MOST_MOCKS}")) } else { Ok(()) }
}

pub fn separator(separator: Option<&Expr>) -> Verdict {
    match separator {
        // SurrealDB reports the missing argument.
        None => Ok(()),
        Some(Expr::Literal(Literal::String(text))) if text.len() <= LONGEST_SEPARATOR => Ok(()),
        Some(_) => refuse(format!("joins with a separator that is not a literal of at most {LONGEST_SEPARATOR} bytes")),
    }
}

/// Whether the operator takes time that grows with the product of both lengths.
pub const fn is_product(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::ContainAll
            | BinaryOperator::ContainAny
            | BinaryOperator::ContainNone
            | BinaryOperator::AllInside
            | BinaryOperator::AnyInside
            | BinaryOperator::NoneInside
    )
}

/// Wraps the text in `string::repeat(text, 1)`, which returns it unchanged or fails above SurrealDB's limit of 1 MiB.
/// `split` and `words` have no limit, and each word takes the memory of 24 characters.
pub fn limit_text(text: &mut Expr) {
    let inner = std::mem::replace(text, Expr::Break);
    let arguments = vec![inner, Expr::Literal(Literal::Integer(1))];
    let receiver = Function::Normal("string::repeat".to_owned());
    *text = Expr::FunctionCall(Box::new(FunctionCall { receiver, arguments }));
}

/// Inserts `.repeat(1)` before each `.split()` and `.words()` of a path, for the same limit.
pub fn limit_texts(parts: &mut Vec<Part>) {
    let splits = |part: &Part| matches!(part, Part::Method(name, _) if matches!(name.as_str(), "split" | "words"));
    let limit = || Part::Method("repeat".into(), vec![Expr::Literal(Literal::Integer(1))]);
    let walked = std::mem::take(parts);
    parts.extend(walked.into_iter().flat_map(|part| splits(&part).then(limit).into_iter().chain([part])));
}

/// Whether a path may make a large array of each of many ranges. SurrealDB does not check for the end between the elements
/// of a path.
pub fn makes_arrays(parts: &[Part]) -> bool {
    let makes = |part: &Part| matches!(part, Part::Method(name, _) if matches!(name.as_str(), "to_array" | "to_set"));
    // The first field is one of a row, which is no array.
    parts.iter().position(makes).is_some_and(|at| {
        parts[..at].iter().skip(1).any(|part| matches!(part, Part::All | Part::Field(_) | Part::Destructure(_)))
    })
}
