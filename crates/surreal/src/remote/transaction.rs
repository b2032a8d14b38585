//! A transaction on a server: it reads while it decides, and one request checks what was read and writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::{BoxFuture, Direction, Key, Part, Range, Reads, Row, Scan, Write};

use super::commit::{Changes, Writer};
use super::reads::{KeyedRow, RemoteReads};
use crate::group_commit::{NotCommitted, WriteTransaction};

pub struct RemoteTransaction {
    reads: RemoteReads,
    writer: Arc<Writer>,
    /// What the decision rests on.
    read: Mutex<Seen>,
    /// The last write of each row.
    writes: Mutex<BTreeMap<Key, Option<Row>>>,
}

#[derive(Default)]
struct Seen {
    rows: BTreeMap<Key, Option<Row>>,
    /// The number of the guard, if a range of a guarded table was scanned.
    guard: Option<i64>,
    /// A row was read twice with different results.
    differs: bool,
    /// Whether the server was asked once at most: then what was read is one state.
    requests: usize,
}

impl Seen {
    fn note(&mut self, key: &Key, row: Option<&Row>) {
        match self.rows.get(key) {
            Some(seen) => self.differs |= seen.as_ref() != row,
            None => drop(self.rows.insert(key.clone(), row.cloned())),
        }
    }
}

impl RemoteTransaction {
    pub fn begin(reads: RemoteReads, writer: Arc<Writer>) -> Self {
        Self { reads, writer, read: Mutex::default(), writes: Mutex::default() }
    }

    async fn scanned(&self, scans: &[(&Range, Direction, usize)]) -> Result<Vec<Vec<Row>>> {
        let written: Vec<Written> = scans.iter().map(|(range, ..)| self.written_in(range)).collect();
        // A removed row takes the place of one behind it.
        let wider: Vec<_> = scans
            .iter()
            .zip(&written)
            .map(|((range, direction, limit), written)| (*range, *direction, limit.saturating_add(written.len())))
            .collect();
        let found = if scans.iter().any(|(range, ..)| range.table.is_guarded()) {
            let (guard, found) = self.reads.guarded_scans(&wider).await?;
            let mut seen = self.read.lock();
            seen.differs |= seen.guard.is_some_and(|before| before != guard);
            seen.guard = Some(guard);
            drop(seen);
            found
        } else {
            self.reads.scans(&wider).await?
        };
        self.read.lock().requests += 1;
        let merged = found.into_iter().zip(written).zip(scans);
        Ok(merged.map(|((found, written), (_, direction, limit))| merge(found, written, *direction, *limit)).collect())
    }

    fn written_in(&self, range: &Range) -> Written {
        let writes = self.writes.lock();
        let within = writes.iter().filter(|(key, _)| range.contains(key));
        within.map(|(key, row)| (key.parts.clone(), row.clone())).collect()
    }

    fn into_changes(self) -> Result<Changes, NotCommitted> {
        let seen = self.read.into_inner();
        if seen.differs {
            return Err(NotCommitted::Conflict);
        }
        Ok(Changes { read: seen.rows, guard: seen.guard, writes: self.writes.into_inner() })
    }
}

/// The writes of earlier steps of the group. None for a row that is removed.
type Written = Vec<(Vec<Part>, Option<Row>)>;

/// What a scan finds once the writes are stored.
fn merge(found: Vec<KeyedRow>, written: Written, direction: Direction, limit: usize) -> Vec<Row> {
    if written.is_empty() {
        return found.into_iter().map(|(_, row)| row).collect();
    }
    let mut rows: BTreeMap<Vec<Part>, Row> = found.into_iter().collect();
    for (parts, row) in written {
        match row {
            Some(row) => drop(rows.insert(parts, row)),
            None => drop(rows.remove(&parts)),
        }
    }
    match direction {
        Direction::Forward => rows.into_values().take(limit).collect(),
        Direction::Backward => rows.into_values().rev().take(limit).collect(),
    }
}

impl Reads for RemoteTransaction {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        Box::pin(async move {
            let row = self.reads.get(key).await?;
            let mut seen = self.read.lock();
            seen.requests += 1;
            seen.note(key, row.as_ref());
            drop(seen);
            Ok(row)
        })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        Box::pin(async move {
            let rows = self.reads.get_many(keys).await?;
            let mut seen = self.read.lock();
            seen.requests += 1;
            keys.iter().zip(&rows).for_each(|(key, row)| seen.note(key, row.as_ref()));
            drop(seen);
            Ok(rows)
        })
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move { Ok(self.scanned(&[(range, direction, limit)]).await?.pop().unwrap_or_default()) })
    }

    fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        Box::pin(async move {
            let scans: Vec<_> = scans.iter().map(|scan| (&scan.range, Direction::Forward, scan.limit)).collect();
            self.scanned(&scans).await
        })
    }
}

impl WriteTransaction for RemoteTransaction {
    /// A cached row may be out of date: the commit checks it like one that was read.
    fn rely_on(&self, key: &Key, row: Option<&Row>) {
        let mut seen = self.read.lock();
        seen.requests += 2;
        seen.note(key, row);
    }

    async fn write(&self, writes: &[Write]) -> Result<()> {
        let mut last = self.writes.lock();
        for write in writes {
            match write {
                Write::Set(key, row) => last.insert(key.clone(), Some(row.clone())),
                Write::Delete(key) => last.insert(key.clone(), None),
            };
        }
        Ok(())
    }

    async fn commit(self) -> Result<(), NotCommitted> {
        let writer = Arc::clone(&self.writer);
        let deadline = self.reads.deadline;
        writer.commit(&self.into_changes()?, deadline).await
    }

    async fn end_without_writes(self) -> Result<(), NotCommitted> {
        if self.read.lock().requests <= 1 {
            return Ok(());
        }
        let writer = Arc::clone(&self.writer);
        let deadline = self.reads.deadline;
        writer.check(&self.into_changes()?, deadline).await
    }
}
