//! What is stored, as it was at one moment or as it is.

use std::sync::Arc;

use rocksdb::{DB, DBRawIteratorWithThreadMode, ReadOptions, Snapshot};
use self_cell::self_cell;
use surrealdb_kvs::{KeyRange, Result, Val};

use super::{Files, failed};

self_cell!(
    struct Held {
        owner: Arc<Files>,
        #[covariant]
        dependent: Snapshot,
    }
);

pub enum View {
    Latest(Arc<Files>),
    Moment(Moment),
}

pub struct Moment(Held);

pub type Rows<'v> = DBRawIteratorWithThreadMode<'v, DB>;

impl View {
    pub fn of_now(files: Arc<Files>) -> Self {
        Self::Moment(Moment(Held::new(files, |files| files.db.snapshot())))
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<Val>> {
        let found = match self {
            Self::Latest(files) => files.db.get_pinned_opt(key, &files.reading),
            Self::Moment(Moment(held)) => held.borrow_dependent().get_pinned(key),
        };
        found.map(|value| value.map(|value| value.to_vec())).map_err(failed)
    }

    /// Within the range only; it stands nowhere yet.
    pub fn rows(&self, range: &KeyRange<'_>) -> Rows<'_> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(range.start.as_slice());
        options.set_iterate_upper_bound(range.end.as_slice());
        options.set_auto_readahead_size(true);
        match self {
            Self::Latest(files) => files.db.raw_iterator_opt(options),
            Self::Moment(Moment(held)) => held.borrow_dependent().raw_iterator_opt(options),
        }
    }
}
