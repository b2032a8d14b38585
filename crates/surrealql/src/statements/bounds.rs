//! Values that SurrealDB makes from a few characters, in one go.

use std::ops::Bound;

use surrealdb_sql::{BinaryOperator, Expr, Function, FunctionCall, Literal, Mock, Part};

use super::walk::{Checked, refuse};

/// Mocks make a record id for each number.
const MOST_MOCKS: i128 = 10_000;
/// `array::join` repeats its separator without a limit of its own.
const LONGEST_SEPARATOR: usize = 64;

pub fn mock(mock: &Mock) -> Checked {
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

pub fn separator(separator: Option<&Expr>) -> Checked {
    match separator {
        // SurrealDB reports the missing argument.
        None => Ok(()),
        Some(Expr::Literal(Literal::String(text))) if text.len() <= LONGEST_SEPARATOR => Ok(()),
        Some(_) => {
            refuse(format!("joins with a separator that is no text in place of at most {LONGEST_SEPARATOR} bytes"))
        }
    }
}

/// Whether the operator takes the product of both lengths.
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

/// The same text, or an error if it is longer than SurrealDB's limit of 1 MiB for what a function makes. A word takes as
/// much memory as 24 characters.
pub fn text(text: &mut Expr) {
    let inner = std::mem::replace(text, Expr::Break);
    let arguments = vec![inner, Expr::Literal(Literal::Integer(1))];
    let receiver = Function::Normal("string::repeat".to_owned());
    *text = Expr::FunctionCall(Box::new(FunctionCall { receiver, arguments }));
}

/// The same bound for a method: the path gets it before each one that needs it.
pub fn texts(parts: &mut Vec<Part>) {
    let splits = |part: &Part| matches!(part, Part::Method(name, _) if matches!(name.as_str(), "split" | "words"));
    let bound = || Part::Method("repeat".into(), vec![Expr::Literal(Literal::Integer(1))]);
    let walked = std::mem::take(parts);
    parts.extend(walked.into_iter().flat_map(|part| splits(&part).then(bound).into_iter().chain([part])));
}

/// Whether a path may make a large array of each of many ranges. Nothing is checked between the elements of a path.
pub fn makes_arrays(parts: &[Part]) -> bool {
    let makes = |part: &Part| matches!(part, Part::Method(name, _) if matches!(name.as_str(), "to_array" | "to_set"));
    // The first field is one of a row, which is no array.
    parts.iter().position(makes).is_some_and(|at| {
        parts[..at].iter().skip(1).any(|part| matches!(part, Part::All | Part::Field(_) | Part::Destructure(_)))
    })
}
