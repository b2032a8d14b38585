//! The reads of a transaction on a server: each sees the content of its own moment.

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::{BoxFuture, Direction, Key, Range, Read, Reads, Row, Scan};

use super::Simulated;

pub struct LiveReads<'r> {
    records: &'r Simulated,
    /// The guard at each scan of a guarded table.
    guards: Mutex<Vec<u64>>,
}

impl<'r> LiveReads<'r> {
    pub const fn new(records: &'r Simulated) -> Self {
        Self { records, guards: Mutex::new(Vec::new()) }
    }

    /// The version of the current content, if the rows and the guard are as the reads found them.
    pub async fn basis(&self, reads: &[Read]) -> Result<Option<u64>> {
        let now = self.records.current();
        for read in reads.iter().filter(|read| matches!(read, Read::Row { .. })) {
            if !read.is_current(&now).await? {
                return Ok(None);
            }
        }
        let is_guarded = self.guards.lock().iter().all(|guard| *guard == now.content.guard);
        Ok(is_guarded.then_some(now.content.version))
    }

    fn note<'a>(&self, mut tables: impl Iterator<Item = &'a Range>) {
        if tables.any(|range| range.table.is_guarded()) {
            self.guards.lock().push(self.records.current().content.guard);
        }
    }
}

impl Reads for LiveReads<'_> {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        Box::pin(async { self.records.current().get(key).await })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        Box::pin(async { self.records.current().get_many(keys).await })
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move {
            self.note(std::iter::once(range));
            self.records.current().scan(range, direction, limit).await
        })
    }

    fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        Box::pin(async {
            self.note(scans.iter().map(|scan| &scan.range));
            self.records.current().scan_many(scans).await
        })
    }
}
