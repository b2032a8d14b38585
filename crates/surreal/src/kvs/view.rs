//! What is stored, as it was at one moment or as it is.

use std::sync::Arc;

use rocksdb::{DB, DBRawIteratorWithThreadMode, ReadOptions, Snapshot};
use self_cell::self_cell;
use surrealdb_kvs::{Direction, KeyRange, Result, Val};

use super::Stored;
use super::files::{Files, failed};
use super::memory::{self, Memory, Walk};

pub enum View {
    /// As it is.
    Memory(Arc<Memory>),
    Files(Arc<Files>),
    /// As it was.
    MemoryThen(memory::Rows),
    FilesThen(Moment),
}

self_cell!(
    pub struct Moment {
        owner: Arc<Files>,
        #[covariant]
        dependent: Snapshot,
    }
);

self_cell!(
    struct Held {
        owner: memory::Rows,
        #[covariant]
        dependent: Walk,
    }
);

impl View {
    pub fn latest(stored: &Stored) -> Self {
        match stored {
            Stored::Memory(memory) => Self::Memory(Arc::clone(memory)),
            Stored::Files(files) => Self::Files(Arc::clone(files)),
        }
    }

    pub fn of_now(stored: &Stored) -> Self {
        match stored {
            Stored::Memory(memory) => Self::MemoryThen(memory.rows()),
            Stored::Files(files) => Self::FilesThen(Moment::new(Arc::clone(files), |files| files.db.snapshot())),
        }
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<Val>> {
        let found = match self {
            Self::Memory(memory) => return Ok(memory.get(key)),
            Self::MemoryThen(rows) => return Ok(rows.get(key).map(|value| value.to_vec())),
            Self::Files(files) => files.db.get_pinned_opt(key, &files.reading),
            Self::FilesThen(moment) => moment.borrow_dependent().get_pinned(key),
        };
        found.map(|value| value.map(|value| value.to_vec())).map_err(failed)
    }

    /// From the first of the range, or from the last.
    pub fn rows(&self, range: &KeyRange<'_>, direction: Direction) -> Rows<'_> {
        let rows = match self {
            Self::Memory(memory) => return Rows::of_memory(memory.rows(), range, direction),
            Self::MemoryThen(rows) => return Rows::of_memory(rows.clone(), range, direction),
            Self::Files(files) => files.db.raw_iterator_opt(within(range)),
            Self::FilesThen(moment) => moment.borrow_dependent().raw_iterator_opt(within(range)),
        };
        Rows::of_files(rows, direction)
    }
}

fn within(range: &KeyRange<'_>) -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_iterate_lower_bound(range.start.as_slice());
    options.set_iterate_upper_bound(range.end.as_slice());
    options.set_auto_readahead_size(true);
    options
}

/// Stands at a row, unless it is past the last.
pub struct Rows<'v> {
    place: Place<'v>,
    direction: Direction,
}

enum Place<'v> {
    Memory(Held),
    Files(DBRawIteratorWithThreadMode<'v, DB>),
}

impl<'v> Rows<'v> {
    fn of_memory(rows: memory::Rows, range: &KeyRange<'_>, direction: Direction) -> Self {
        let held = Held::new(rows, |rows| Walk::new(rows, range, direction));
        Self { place: Place::Memory(held), direction }
    }

    fn of_files(mut rows: DBRawIteratorWithThreadMode<'v, DB>, direction: Direction) -> Self {
        match direction {
            Direction::Forward => rows.seek_to_first(),
            Direction::Backward => rows.seek_to_last(),
        }
        Self { place: Place::Files(rows), direction }
    }

    pub fn row(&self) -> Option<(&[u8], &[u8])> {
        match &self.place {
            Place::Memory(held) => held.borrow_dependent().row(),
            Place::Files(rows) => rows.item(),
        }
    }

    pub fn pass(&mut self) {
        match (&mut self.place, self.direction) {
            (Place::Memory(held), _) => held.with_dependent_mut(|_, walk| walk.pass()),
            (Place::Files(rows), Direction::Forward) => rows.next(),
            (Place::Files(rows), Direction::Backward) => rows.prev(),
        }
    }

    /// An error if it stands nowhere because the next row cannot be read.
    pub fn status(&self) -> Result<()> {
        match &self.place {
            Place::Memory(_) => Ok(()),
            Place::Files(rows) => rows.status().map_err(failed),
        }
    }
}
