//! How lists are cut.

use rivers_storage_node_macros::input;

const DEFAULT_LIMIT: usize = 100;

/// Which part of a list to read.
#[input]
#[derive(Default)]
pub struct ListOptions {
    /// How many at most; 0 gives none. Default 100, except for `getEventsForRun`: all.
    pub limit: Option<usize>,
    /// Continues after the record with this id.
    pub after: Option<String>,
}

impl ListOptions {
    pub fn limit_or_default(&self) -> usize {
        limit_or_default(self.limit)
    }
}

pub fn limit_or_default(given: Option<usize>) -> usize {
    given.unwrap_or(DEFAULT_LIMIT)
}
