//! Values that SurrealDB makes from a few characters, in one go.

use std::ops::Bound;

use surrealdb_sql::{Expr, Literal, Mock};

use super::walk::{Checked, refuse};

/// Mocks make a record id for each number.
const MOST_MOCKS: i128 = 10_000;
/// `array::join` repeats its separator without a limit of its own.
const LONGEST_SEPARATOR: usize = 1_024;

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
