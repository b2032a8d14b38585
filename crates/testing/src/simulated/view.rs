//! The content as it was at one moment.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rivers_storage::Result;
use rivers_storage::records::{BoxFuture, Direction, Key, Range, Reads, Row, Scan};

use super::Content;

/// Counts its reads.
pub struct View {
    pub content: Arc<Content>,
    pub reads: Arc<AtomicU64>,
    pub tombstones: Arc<AtomicU64>,
    pub calls: Arc<AtomicU64>,
}

impl View {
    fn find(&self, key: &Key) -> Option<Row> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.content.rows.get(key).cloned()
    }

    fn list(&self, range: &Range, direction: Direction, limit: usize) -> Vec<Row> {
        let from = Key { table: range.table, parts: range.start.parts.clone() };
        let within = |key: &Key| key.table == range.table && range.end.is_after(&key.parts);
        let skipped = |key: &Key| key.table == range.table && range.start.is_after(&key.parts);
        let found = self.content.rows.range((Bound::Included(from.clone()), Bound::Unbounded));
        let found = found.skip_while(|(key, _)| skipped(key)).take_while(|(key, _)| within(key));
        let rows: Vec<(&Key, &Row)> = match direction {
            Direction::Forward => found.take(limit).collect(),
            Direction::Backward => found.collect::<Vec<_>>().into_iter().rev().take(limit).collect(),
        };
        // A scan stops at its limit, and otherwise goes through to the end of the range.
        let stop = rows.last().filter(|_| rows.len() == limit).map(|(key, _)| *key);
        let is_passed = |key: &Key| match (stop, direction) {
            (None, _) => true,
            (Some(stop), Direction::Forward) => key < stop,
            (Some(stop), Direction::Backward) => key > stop,
        };
        let deleted = self.content.deleted.range((Bound::Included(from), Bound::Unbounded));
        let deleted = deleted.skip_while(|key| skipped(key)).take_while(|key| within(key));
        self.tombstones.fetch_add(deleted.filter(|key| is_passed(key)).count() as u64, Ordering::SeqCst);
        let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row.clone()).collect();
        self.reads.fetch_add(rows.len() as u64, Ordering::SeqCst);
        rows
    }
}

impl Reads for View {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(self.find(key)) })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(keys.iter().map(|key| self.find(key)).collect()) })
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Ok(self.list(range, direction, limit)) })
    }

    fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            Ok(scans.iter().map(|scan| self.list(&scan.range, Direction::Forward, scan.limit)).collect())
        })
    }
}
