//! How lists are cut.

use rivers_storage_node_macros::input;

const DEFAULT_LIMIT: usize = 100;

#[input]
#[derive(Default)]
pub struct ListOptions {
    /// At most so many; 0 gives none. Default 100, but for the events of a run all.
    #[napi(ts_type = "number")]
    pub limit: Option<usize>,
    /// Only what comes after the record with this id. ERR_NOT_FOUND when that is gone.
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
