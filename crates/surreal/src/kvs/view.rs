//! Reads of the stored keys and values: the current ones, or those of a snapshot.

use std::sync::Arc;

use rocksdb::{DB, DBRawIteratorWithThreadMode, ReadOptions, Snapshot};
use self_cell::self_cell;
use surrealdb_kvs::{Direction, KeyRange, Result, Val};

use super::Backend;
use super::files::{FileStore, failed};
use super::memory::{self, MemoryStore, Walk};

pub enum KvView {
    Memory(Arc<MemoryStore>),
    Files(Arc<FileStore>),
    MemorySnapshot(memory::RowMap),
    FileSnapshot(FileSnapshot),
}

self_cell!(
    pub struct FileSnapshot {
        owner: Arc<FileStore>,
        #[covariant]
        dependent: Snapshot,
    }
);

self_cell!(
    struct OwnedWalk {
        owner: memory::RowMap,
        #[covariant]
        dependent: Walk,
    }
);

impl KvView {
    pub fn current(backend: &Backend) -> Self {
        match backend {
            Backend::Memory(memory) => Self::Memory(Arc::clone(memory)),
            Backend::Files(files) => Self::Files(Arc::clone(files)),
        }
    }

    pub fn snapshot(backend: &Backend) -> Self {
        match backend {
            Backend::Memory(memory) => Self::MemorySnapshot(memory.snapshot()),
            Backend::Files(files) => {
                Self::FileSnapshot(FileSnapshot::new(Arc::clone(files), |files| files.db.snapshot()))
            }
        }
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<Val>> {
        let found = match self {
            Self::Memory(memory) => return Ok(memory.get(key)),
            Self::MemorySnapshot(rows) => return Ok(rows.get(key).map(|value| value.to_vec())),
            Self::Files(files) => files.db.get_pinned_opt(key, &files.reading),
            Self::FileSnapshot(snapshot) => snapshot.borrow_dependent().get_pinned(key),
        };
        found.map(|value| value.map(|value| value.to_vec())).map_err(failed)
    }

    /// Starts at the first row of the range, or backward at the last.
    pub fn rows(&self, range: &KeyRange<'_>, direction: Direction) -> RangeRows<'_> {
        let rows = match self {
            Self::Memory(memory) => return RangeRows::of_memory(memory.snapshot(), range, direction),
            Self::MemorySnapshot(rows) => return RangeRows::of_memory(rows.clone(), range, direction),
            Self::Files(files) => files.db.raw_iterator_opt(within(range)),
            Self::FileSnapshot(snapshot) => snapshot.borrow_dependent().raw_iterator_opt(within(range)),
        };
        RangeRows::of_files(rows, direction)
    }
}

fn within(range: &KeyRange<'_>) -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_iterate_lower_bound(range.start.as_slice());
    options.set_iterate_upper_bound(range.end.as_slice());
    options.set_auto_readahead_size(true);
    options
}

/// The rows of a range in turn.
pub struct RangeRows<'v> {
    position: Position<'v>,
    direction: Direction,
}

enum Position<'v> {
    Memory(OwnedWalk),
    Files(DBRawIteratorWithThreadMode<'v, DB>),
}

impl<'v> RangeRows<'v> {
    fn of_memory(rows: memory::RowMap, range: &KeyRange<'_>, direction: Direction) -> Self {
        let walk = OwnedWalk::new(rows, |rows| Walk::new(rows, range, direction));
        Self { position: Position::Memory(walk), direction }
    }

    fn of_files(mut rows: DBRawIteratorWithThreadMode<'v, DB>, direction: Direction) -> Self {
        match direction {
            Direction::Forward => rows.seek_to_first(),
            Direction::Backward => rows.seek_to_last(),
        }
        Self { position: Position::Files(rows), direction }
    }

    /// The current row; None past the last.
    pub fn row(&self) -> Option<(&[u8], &[u8])> {
        match &self.position {
            Position::Memory(walk) => walk.borrow_dependent().row(),
            Position::Files(rows) => rows.item(),
        }
    }

    pub fn pass(&mut self) {
        match (&mut self.position, self.direction) {
            (Position::Memory(walk), _) => walk.with_dependent_mut(|_, walk| walk.pass()),
            (Position::Files(rows), Direction::Forward) => rows.next(),
            (Position::Files(rows), Direction::Backward) => rows.prev(),
        }
    }

    /// An error if there is no current row because it could not be read.
    pub fn status(&self) -> Result<()> {
        match &self.position {
            Position::Memory(_) => Ok(()),
            Position::Files(rows) => rows.status().map_err(failed),
        }
    }
}
