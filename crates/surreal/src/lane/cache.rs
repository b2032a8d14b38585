//! The rows that were read or written last, as they are committed. Only the lane writes, so what it
//! remembers is what it would read.

use std::collections::BTreeMap;

use parking_lot::{Mutex, MutexGuard};
use quick_cache::unsync;
use rivers_storage::records::{BoxFuture, Direction, Key, Range, Reads, Row, Table, Value, Write};
use rivers_storage::{Result, key};

use super::Transaction;

/// Those of ten thousand steps, their pools and assets.
const ROWS: usize = 16384;
/// A row of more is not worth its room.
const BYTES: usize = 1024;
/// After so many rows of a table that were not there, a look whether it has any is worth it.
const MISSES: u32 = 64;

/// A row, or that there is none.
type Found = Option<Row>;

pub struct Cache(Mutex<Remembered>);

struct Remembered {
    rows: unsync::Cache<Key, Found>,
    tables: BTreeMap<Table, Seen>,
}

/// Of a table that is empty most of the time.
#[derive(Clone, Copy)]
enum Seen {
    Missed(u32),
    Empty,
}

impl Cache {
    pub fn new() -> Self {
        Self(Mutex::new(Remembered { rows: unsync::Cache::new(ROWS), tables: BTreeMap::new() }))
    }

    pub fn keep(&self, committed: BTreeMap<Key, Found>) {
        let Remembered { rows, tables } = &mut *self.remembered();
        for (key, row) in committed {
            if row.is_some() && key.table.is_often_empty() {
                tables.remove(&key.table);
            }
            if row.as_ref().is_none_or(is_small) {
                rows.insert(key, row);
            } else {
                rows.remove(&key);
            }
        }
    }

    /// To be settled when it is known what a group of steps left in the store.
    pub const fn doubt(&self) -> Doubt<'_> {
        Doubt(self)
    }

    fn forget(&self) {
        let mut remembered = self.remembered();
        remembered.rows.clear();
        remembered.tables.clear();
    }

    fn find(&self, key: &Key) -> Option<Found> {
        let remembered = self.remembered();
        let found = remembered.rows.get(key).cloned();
        found.or_else(|| matches!(remembered.tables.get(&key.table), Some(Seen::Empty)).then_some(None))
    }

    fn remember(&self, key: &Key, row: Option<&Row>) {
        if !key.table.is_only_listed() && row.is_none_or(is_small) {
            self.remembered().rows.insert(key.clone(), row.cloned());
        }
    }

    /// Counts a row of the table that is not there. Whether it is time to look for any.
    fn miss(&self, table: Table) -> bool {
        let mut remembered = self.remembered();
        let Seen::Missed(misses) = remembered.tables.entry(table).or_insert(Seen::Missed(0)) else { return false };
        *misses = (*misses + 1) % MISSES;
        *misses == 0
    }

    fn note_empty(&self, table: Table) {
        self.remembered().tables.insert(table, Seen::Empty);
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock()
    }
}

/// Dropped by a commit that fails, by a conflict, by a panic: all that is remembered is forgotten.
pub struct Doubt<'c>(&'c Cache);

impl Doubt<'_> {
    pub const fn settle(self) {
        std::mem::forget(self);
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

fn is_small(row: &Row) -> bool {
    row.fields().iter().map(|(_, value)| size(value)).sum::<usize>() <= BYTES
}

fn size(value: &Value) -> usize {
    match value {
        Value::Bool(_) | Value::Int(_) => size_of::<Value>(),
        Value::Text(text) => size_of::<Value>() + text.len(),
        Value::Bytes(bytes) => size_of::<Value>() + bytes.len(),
        Value::List(values) => size_of::<Value>() + values.iter().map(size).sum::<usize>(),
    }
}

/// What a group of steps reads: what those before it in the group wrote, else what is remembered,
/// else what is stored.
pub struct Group<'l, T> {
    transaction: &'l T,
    cache: &'l Cache,
    written: Mutex<BTreeMap<Key, Found>>,
}

impl<'l, T: Transaction> Group<'l, T> {
    pub fn new(transaction: &'l T, cache: &'l Cache) -> Self {
        Self { transaction, cache, written: Mutex::default() }
    }

    pub async fn write(&self, writes: Vec<Write>) -> Result<()> {
        self.transaction.write(&writes).await?;
        let mut written = self.written();
        let read_again = writes.into_iter().filter(|write| !write.key().table.is_only_listed());
        written.extend(read_again.map(|write| match write {
            Write::Set(key, row) => (key, Some(row)),
            Write::Delete(key) => (key, None),
        }));
        Ok(())
    }

    pub fn into_written(self) -> BTreeMap<Key, Found> {
        self.written.into_inner()
    }

    fn known(&self, key: &Key) -> Option<Found> {
        let own = self.written().get(key).cloned();
        own.or_else(|| self.cache.find(key))
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<Key, Found>> {
        self.written.lock()
    }

    async fn read(&self, key: &Key) -> Result<Option<Row>> {
        let row = self.transaction.get(key).await?;
        self.read_now(key, row.as_ref()).await?;
        Ok(row)
    }

    async fn read_now(&self, key: &Key, row: Option<&Row>) -> Result<()> {
        self.cache.remember(key, row);
        let table = key.table;
        if row.is_none() && table.is_often_empty() && self.cache.miss(table) {
            let any = self.transaction.scan(&Range::under(key!(table)), Direction::Forward, 1).await?;
            if any.is_empty() {
                self.cache.note_empty(table);
            }
        }
        Ok(())
    }

    async fn read_unknown(&self, keys: &[Key], mut rows: Vec<Option<Found>>) -> Result<Vec<Option<Row>>> {
        let unknown: Vec<Key> =
            keys.iter().zip(&rows).filter(|(_, row)| row.is_none()).map(|(key, _)| key.clone()).collect();
        let found = self.transaction.get_many(&unknown).await?;
        let places = rows.iter_mut().filter(|row| row.is_none());
        for ((place, key), row) in places.zip(&unknown).zip(found) {
            self.read_now(key, row.as_ref()).await?;
            *place = Some(row);
        }
        Ok(rows.into_iter().flatten().collect())
    }
}

impl<T: Transaction> Reads for Group<'_, T> {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        match self.known(key) {
            Some(row) => Box::pin(std::future::ready(Ok(row))),
            None => Box::pin(self.read(key)),
        }
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        let rows: Vec<Option<Found>> = keys.iter().map(|key| self.known(key)).collect();
        if rows.iter().all(Option::is_some) {
            return Box::pin(std::future::ready(Ok(rows.into_iter().flatten().collect())));
        }
        Box::pin(self.read_unknown(keys, rows))
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        self.transaction.scan(range, direction, limit)
    }
}
