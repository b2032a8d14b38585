//! The committed rows that were read or written last. Where no other process writes, a cached row equals
//! the stored one.

mod hints;

use std::collections::BTreeMap;

use parking_lot::{Mutex, MutexGuard};
use quick_cache::unsync;
use rivers_storage::records::{Key, Row, Table, Value, Write};

pub use self::hints::{is_often_empty, is_only_scanned};

/// Enough for the rows of ten thousand steps, their pools and their assets.
const ROW_LIMIT: usize = 16384;
/// A larger row is not cached, because it would take the memory of many small ones.
const BYTE_LIMIT: usize = 1024;
/// After this many misses, check whether the table is empty.
const MISS_LIMIT: u32 = 64;

/// None for a row that is known not to be stored.
pub type CachedRow = Option<Row>;

pub struct RowCache(Mutex<CacheState>);

struct CacheState {
    rows: unsync::Cache<Key, CachedRow>,
    tables: BTreeMap<Table, TableState>,
}

/// Kept for the tables of [`is_often_empty`].
#[derive(Clone, Copy)]
enum TableState {
    Misses(u32),
    Empty,
}

impl RowCache {
    pub fn new() -> Self {
        Self(Mutex::new(CacheState { rows: unsync::Cache::new(ROW_LIMIT), tables: BTreeMap::new() }))
    }

    pub fn update(&self, committed: impl Iterator<Item = Write>) {
        let CacheState { rows, tables } = &mut *self.lock();
        for write in committed.filter(|write| !is_only_scanned(write.key().table)) {
            let (key, row) = match write {
                Write::Set(key, row) => (key, Some(row)),
                Write::Delete(key) => (key, None),
            };
            if row.is_some() && is_often_empty(key.table) {
                tables.remove(&key.table);
            }
            if row.as_ref().is_none_or(is_small) {
                rows.insert(key, row);
            } else {
                rows.remove(&key);
            }
        }
    }

    /// To be taken before the steps of a group run: their reads are cached before their outcome is known.
    pub const fn guard(&self) -> CacheGuard<'_> {
        CacheGuard(self)
    }

    pub fn get(&self, key: &Key) -> Option<CachedRow> {
        let state = self.lock();
        let row = state.rows.get(key).cloned();
        row.or_else(|| matches!(state.tables.get(&key.table), Some(TableState::Empty)).then_some(None))
    }

    pub fn insert(&self, key: &Key, row: Option<&Row>) {
        if !is_only_scanned(key.table) && row.is_none_or(is_small) {
            self.lock().rows.insert(key.clone(), row.cloned());
        }
    }

    /// Counts a miss in the table. True when it is time to check whether the table is empty.
    pub fn count_miss(&self, table: Table) -> bool {
        let mut state = self.lock();
        let TableState::Misses(misses) = state.tables.entry(table).or_insert(TableState::Misses(0)) else {
            return false;
        };
        *misses = (*misses + 1) % MISS_LIMIT;
        *misses == 0
    }

    pub fn set_empty(&self, table: Table) {
        self.lock().tables.insert(table, TableState::Empty);
    }

    fn clear(&self) {
        let mut state = self.lock();
        state.rows.clear();
        state.tables.clear();
    }

    fn lock(&self) -> MutexGuard<'_, CacheState> {
        self.0.lock()
    }
}

/// Clears the cache when it is dropped before it is disarmed: by a commit that fails, by a conflict, by a panic.
pub struct CacheGuard<'c>(&'c RowCache);

impl CacheGuard<'_> {
    /// The stored rows are known: the cache is valid.
    pub const fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for CacheGuard<'_> {
    fn drop(&mut self) {
        self.0.clear();
    }
}

fn is_small(row: &Row) -> bool {
    row.fields().iter().map(|(_, value)| size(value)).sum::<usize>() <= BYTE_LIMIT
}

fn size(value: &Value) -> usize {
    match value {
        Value::Bool(_) | Value::Int(_) => size_of::<Value>(),
        Value::Text(text) => size_of::<Value>() + text.len(),
        Value::Bytes(bytes) => size_of::<Value>() + bytes.len(),
        Value::List(values) => size_of::<Value>() + values.iter().map(size).sum::<usize>(),
    }
}
