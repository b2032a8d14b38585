//! What the steps of a group read: rows that earlier steps of the group wrote, else cached rows, else stored rows.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use rivers_storage::records::{BoxFuture, Direction, Key, Range, Reads, Row, Scan, Write};
use rivers_storage::{Result, key};

use super::WriteTransaction;
use super::cache::{CachedRow, RowCache, is_often_empty, is_only_scanned};

pub struct GroupReads<'g, T> {
    transaction: &'g T,
    cache: &'g RowCache,
    written: Mutex<Written>,
    /// Whether a later step may read what an earlier one wrote.
    has_several_steps: bool,
}

#[derive(Default)]
struct Written {
    /// By transaction, in their order.
    writes: Vec<Vec<Write>>,
    /// The transaction and the number of the last write of a row.
    last: BTreeMap<Key, (usize, usize)>,
}

impl Written {
    fn get(&self, key: &Key) -> Option<CachedRow> {
        let (transaction, number) = *self.last.get(key)?;
        match &self.writes[transaction][number] {
            Write::Set(_, row) => Some(Some(row.clone())),
            Write::Delete(_) => Some(None),
        }
    }
}

impl<'g, T: WriteTransaction> GroupReads<'g, T> {
    pub fn new(transaction: &'g T, cache: &'g RowCache, has_several_steps: bool) -> Self {
        Self { transaction, cache, written: Mutex::default(), has_several_steps }
    }

    pub async fn write(&self, writes: Vec<Write>) -> Result<()> {
        self.transaction.write(&writes).await?;
        let mut written = self.written.lock();
        if self.has_several_steps {
            let transaction = written.writes.len();
            let read_again = writes.iter().enumerate().filter(|(_, write)| !is_only_scanned(write.key().table));
            written.last.extend(read_again.map(|(number, write)| (write.key().clone(), (transaction, number))));
        }
        written.writes.push(writes);
        Ok(())
    }

    /// The writes of each transaction that has any, in the order of the transactions.
    pub fn into_writes(self) -> Vec<Vec<Write>> {
        self.written.into_inner().writes
    }

    fn known(&self, key: &Key) -> Option<CachedRow> {
        let written = if self.has_several_steps { self.written.lock().get(key) } else { None };
        written.or_else(|| {
            if self.transaction.knows(key.table) {
                return None;
            }
            let cached = self.cache.get(key)?;
            self.transaction.rely_on(key, cached.as_ref());
            Some(cached)
        })
    }

    async fn read(&self, key: &Key) -> Result<Option<Row>> {
        let row = self.transaction.get(key).await?;
        self.cache_read(key, row.as_ref()).await?;
        Ok(row)
    }

    async fn cache_read(&self, key: &Key, row: Option<&Row>) -> Result<()> {
        if self.transaction.knows(key.table) {
            return Ok(());
        }
        self.cache.insert(key, row);
        let table = key.table;
        if row.is_none() && is_often_empty(table) && self.cache.count_miss(table) {
            let first = self.transaction.scan(&Range::under(key!(table)), Direction::Forward, 1).await?;
            if first.is_empty() {
                self.cache.set_empty(table);
            }
        }
        Ok(())
    }

    async fn read_unknown(&self, keys: &[Key], mut rows: Vec<Option<CachedRow>>) -> Result<Vec<Option<Row>>> {
        let unknown: Vec<Key> =
            keys.iter().zip(&rows).filter(|(_, row)| row.is_none()).map(|(key, _)| key.clone()).collect();
        let found = self.transaction.get_many(&unknown).await?;
        let gaps = rows.iter_mut().filter(|row| row.is_none());
        for ((gap, key), row) in gaps.zip(&unknown).zip(found) {
            self.cache_read(key, row.as_ref()).await?;
            *gap = Some(row);
        }
        Ok(rows.into_iter().flatten().collect())
    }
}

impl<T: WriteTransaction> Reads for GroupReads<'_, T> {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        match self.known(key) {
            Some(row) => Box::pin(std::future::ready(Ok(row))),
            None => Box::pin(self.read(key)),
        }
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        let rows: Vec<Option<CachedRow>> = keys.iter().map(|key| self.known(key)).collect();
        if rows.iter().all(Option::is_some) {
            return Box::pin(std::future::ready(Ok(rows.into_iter().flatten().collect())));
        }
        Box::pin(self.read_unknown(keys, rows))
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        self.transaction.scan(range, direction, limit)
    }

    fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        self.transaction.scan_many(scans)
    }
}
