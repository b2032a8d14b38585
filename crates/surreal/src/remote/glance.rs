//! Reads for hints: the rows of pools as this process knows them.

use std::sync::Arc;

use rivers_storage::Result;
use rivers_storage::records::{BoxFuture, Direction, Key, Range, Reads, Row, Table};

use super::mirror::Mirror;
use super::reads::RemoteReads;
use super::shared::Remote;

/// The mirror, where there is one.
pub struct Glance {
    pub remote: Arc<Remote>,
    pub reads: RemoteReads,
}

impl Glance {
    fn in_mirror<T>(&self, tables: impl IntoIterator<Item = Table>, read: impl FnOnce(&Mirror) -> T) -> Option<T> {
        let mirror = self.remote.mirror.lock();
        mirror.as_ref().filter(|_| tables.into_iter().all(Table::is_guarded)).map(read)
    }
}

impl Reads for Glance {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        match self.in_mirror([key.table], |mirror| mirror.get(key).cloned()) {
            Some(row) => Box::pin(std::future::ready(Ok(row))),
            None => self.reads.get(key),
        }
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        let all = |mirror: &Mirror| keys.iter().map(|key| mirror.get(key).cloned()).collect();
        match self.in_mirror(keys.iter().map(|key| key.table), all) {
            Some(rows) => Box::pin(std::future::ready(Ok(rows))),
            None => self.reads.get_many(keys),
        }
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        let all = |mirror: &Mirror| mirror.scan(range, direction, limit).into_iter().map(|(_, row)| row).collect();
        match self.in_mirror([range.table], all) {
            Some(rows) => Box::pin(std::future::ready(Ok(rows))),
            None => self.reads.scan(range, direction, limit),
        }
    }
}
