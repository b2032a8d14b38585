//! A transaction on a server: it reads while it decides, and one request checks what was read and writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rivers_storage::records::{Answer, BoxFuture, Direction, Key, Part, Range, Reads, Row, Scan, Table, Write};
use rivers_storage::{Error, Result};
use tokio::time::Instant;

use super::calls_of_others::Reply;
use super::commit::Writer;
use super::mirror::Mirror;
use super::posting::add_posts;
use super::reads::{KeyedRow, RemoteReads};
use super::request::Changes;
use super::shared::Remote;
use crate::group_commit::{NotCommitted, WriteTransaction};

pub struct RemoteTransaction {
    reads: RemoteReads,
    remote: Arc<Remote>,
    writer: Arc<Writer>,
    /// Whether the rows of pools are in memory.
    is_mirrored: bool,
    /// The calls of other processes that were decided.
    replies: Mutex<Vec<Reply>>,
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
    /// How often the server was asked.
    requests: usize,
    /// Whether a row came from the cache, which may be out of date.
    used_cache: bool,
}

impl Seen {
    /// Whether all that was read is one state of the store.
    const fn is_one_state(&self) -> bool {
        self.requests <= 1 && !self.used_cache
    }

    fn note(&mut self, key: &Key, row: Option<&Row>) {
        match self.rows.get(key) {
            Some(seen) => self.differs |= seen.as_ref() != row,
            None => drop(self.rows.insert(key.clone(), row.cloned())),
        }
    }
}

impl RemoteTransaction {
    pub fn begin(remote: &Arc<Remote>, writer: &Arc<Writer>, is_mirrored: bool, deadline: Instant) -> Self {
        let reads = RemoteReads::until(&remote.session, deadline);
        Self {
            reads,
            remote: Arc::clone(remote),
            writer: Arc::clone(writer),
            is_mirrored,
            replies: Mutex::default(),
            read: Mutex::default(),
            writes: Mutex::default(),
        }
    }

    const fn reads_mirror(&self, table: Table) -> bool {
        self.is_mirrored && table.is_guarded()
    }

    /// What the mirror has, which the guard keeps current.
    fn in_mirror<T>(&self, read: impl FnOnce(&Mirror) -> T) -> Result<T> {
        let mirror = self.remote.mirror.lock();
        let mirror = mirror.as_ref().ok_or_else(|| Error::internal("the rows of pools are not in memory"))?;
        self.read.lock().guard = Some(mirror.guard);
        Ok(read(mirror))
    }

    async fn scanned(&self, scans: &[(&Range, Direction, usize)]) -> Result<Vec<Vec<Row>>> {
        let written: Vec<Written> = scans.iter().map(|(range, ..)| self.written_in(range)).collect();
        // A removed row takes the place of one behind it.
        let wider: Vec<_> = scans
            .iter()
            .zip(&written)
            .map(|((range, direction, limit), written)| (*range, *direction, limit.saturating_add(written.len())))
            .collect();
        let found = if scans.iter().all(|(range, ..)| self.reads_mirror(range.table)) {
            self.in_mirror(|mirror| {
                let scan =
                    |(range, direction, limit): &(&Range, Direction, usize)| mirror.scan(range, *direction, *limit);
                wider.iter().map(scan).collect()
            })?
        } else if scans.iter().any(|(range, ..)| range.table.is_guarded()) {
            let (guard, found) = self.reads.guarded_scans(&wider).await?;
            let mut seen = self.read.lock();
            seen.differs |= seen.guard.is_some_and(|before| before != guard);
            seen.guard = Some(guard);
            drop(seen);
            found
        } else {
            self.reads.scans(&wider).await?
        };
        self.read.lock().requests += usize::from(!scans.iter().all(|(range, ..)| self.reads_mirror(range.table)));
        let merged = found.into_iter().zip(written).zip(scans);
        Ok(merged.map(|((found, written), (_, direction, limit))| merge(found, written, *direction, *limit)).collect())
    }

    fn written_in(&self, range: &Range) -> Written {
        let writes = self.writes.lock();
        let within = writes.iter().filter(|(key, _)| range.contains(key));
        within.map(|(key, row)| (key.parts.clone(), row.clone())).collect()
    }

    async fn into_changes(self) -> Result<Changes, NotCommitted> {
        let known = self.known();
        let Self { reads, remote, read, writes, replies, .. } = self;
        let seen = read.into_inner();
        if seen.differs {
            return Err(NotCommitted::Conflict);
        }
        let mut changes =
            Changes { read: seen.rows, guard: seen.guard, writes: writes.into_inner(), known, ..Changes::default() };
        add_posts(&mut changes, replies.into_inner(), &remote, reads.deadline).await?;
        Ok(changes)
    }

    fn known(&self) -> BTreeMap<Key, bool> {
        let (mirror, writes) = (self.remote.mirror.lock(), self.writes.lock());
        let Some(mirror) = mirror.as_ref().filter(|_| self.is_mirrored) else { return BTreeMap::new() };
        let guarded = writes.keys().filter(|key| key.table.is_guarded());
        guarded.map(|key| (key.clone(), mirror.get(key).is_some())).collect()
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
            if self.reads_mirror(key.table) {
                return self.in_mirror(|mirror| mirror.get(key).cloned());
            }
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
            if keys.iter().all(|key| self.reads_mirror(key.table)) {
                return self.in_mirror(|mirror| keys.iter().map(|key| mirror.get(key).cloned()).collect());
            }
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
        seen.used_cache = true;
        seen.note(key, row);
    }

    async fn write(&self, writes: &[Write]) -> Result<()> {
        if writes.iter().any(|write| self.reads_mirror(write.key().table)) {
            // The guard is checked also for what was written without being read.
            self.in_mirror(|_| ())?;
        }
        let mut last = self.writes.lock();
        for write in writes {
            match write {
                Write::Set(key, row) => last.insert(key.clone(), Some(row.clone())),
                Write::Delete(key) => last.insert(key.clone(), None),
            };
        }
        Ok(())
    }

    fn knows(&self, table: Table) -> bool {
        self.reads_mirror(table)
    }

    fn hands_on(&self) -> bool {
        self.is_mirrored
    }

    fn decided(&self, answer: &Answer) {
        if let Some(reply) = answer.downcast_ref::<Reply>() {
            self.replies.lock().push(reply.clone());
        }
    }

    async fn commit(self) -> Result<(), NotCommitted> {
        let (remote, writer) = (Arc::clone(&self.remote), Arc::clone(&self.writer));
        let (deadline, is_mirrored) = (self.reads.deadline, self.is_mirrored);
        let changes = self.into_changes().await?;
        let committed = writer.commit(&changes, deadline).await;
        let counted = changes.counts_the_guard();
        if is_mirrored
            && let Some(guard) = changes.guard
            && let Some(mirror) = remote.mirror.lock().as_mut()
        {
            match &committed {
                Ok(()) if counted => mirror.update(&changes.writes, guard + 1),
                Ok(()) => {}
                Err(_) => mirror.is_doubtful = true,
            }
        }
        match &committed {
            Ok(()) => remote.peers.posted(changes.posts),
            Err(_) => remote.peers.doubt(changes.posts.keys()),
        }
        committed
    }

    async fn end_without_writes(self) -> Result<(), NotCommitted> {
        if !self.replies.lock().is_empty() {
            return self.commit().await;
        }
        if self.read.lock().is_one_state() && !self.is_mirrored {
            return Ok(());
        }
        let (remote, writer) = (Arc::clone(&self.remote), Arc::clone(&self.writer));
        let deadline = self.reads.deadline;
        let changes = self.into_changes().await?;
        if changes.read.is_empty() && changes.guard.is_none() {
            return Ok(());
        }
        let checked = writer.check(&changes, deadline).await;
        if checked.is_err()
            && let Some(mirror) = remote.mirror.lock().as_mut()
        {
            mirror.is_doubtful = true;
        }
        checked
    }
}
