//! Values that SurrealDB makes from a few characters, in one go.

use std::ops::Bound;

use surrealdb_sql::Mock;

use super::walk::{Checked, refuse};

/// Mocks make a record id for each number.
const MOST_MOCKS: i128 = 10_000;

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
