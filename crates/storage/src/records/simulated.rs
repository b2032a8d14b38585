//! Records in a map, with the faults that real ones have: conflicts, crashes before and after a
//! commit. For tests: they need no engine.
//!
//! They count what was read, and what was passed: an engine of sorted files keeps marks of what was
//! deleted, and a scan has to pass them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Answer, BoxFuture, Context, Direction, Key, Range, Reads, Records, Row, Step, Tx, Write};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};

/// With the keys of what was deleted.
#[derive(Clone, Default)]
struct Content {
    rows: Arc<BTreeMap<Key, Row>>,
    deleted: BTreeSet<Key>,
}

/// Everything that decides what operations do from here on.
#[derive(Clone)]
pub struct Moment {
    rows: Arc<BTreeMap<Key, Row>>,
    now_micros: i64,
    last_order: i64,
    last_token: i64,
}

impl Moment {
    pub fn rows(&self) -> &BTreeMap<Key, Row> {
        &self.rows
    }

    pub const fn now(&self) -> i64 {
        self.now_micros.div_euclid(1000)
    }
}

/// What happens to the next commits: asked once for each try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The try is thrown away and made again, after others had their turn.
    Conflict,
    /// The process dies, and nothing of the commit is stored.
    CrashBefore,
    /// The process dies, and the whole commit is stored, but nobody is told.
    CrashAfter,
}

pub struct Simulated {
    content: Mutex<Arc<Content>>,
    context: Context,
    faults: Box<dyn Fn() -> Fault + Send + Sync>,
    crashed: AtomicBool,
    reads: Arc<AtomicU64>,
    passed: Arc<AtomicU64>,
    tries: AtomicU64,
    commits: AtomicU64,
    largest_commit: AtomicU64,
}

impl Simulated {
    pub fn new(now_ms: i64) -> Self {
        Self::with_faults(now_ms, || Fault::None)
    }

    pub fn with_faults(now_ms: i64, faults: impl Fn() -> Fault + Send + Sync + 'static) -> Self {
        Self {
            content: Mutex::default(),
            context: Context::new(Clock::manual(now_ms)),
            faults: Box::new(faults),
            crashed: AtomicBool::new(false),
            reads: Arc::default(),
            passed: Arc::default(),
            tries: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            largest_commit: AtomicU64::new(0),
        }
    }

    /// What a process finds that opens the store after this one died.
    #[must_use]
    pub fn restarted(&self) -> Self {
        Self::at(self, self.context.clock.now())
    }

    /// The same, by a clock of another time.
    #[must_use]
    pub fn at(before: &Self, now_ms: i64) -> Self {
        let records = Self::new(now_ms);
        *lock(&records.content) = lock(&before.content).clone();
        records
    }

    pub fn rows(&self) -> BTreeMap<Key, Row> {
        lock(&self.content).rows.as_ref().clone()
    }

    pub fn moment(&self) -> Moment {
        let rows = Arc::clone(&lock(&self.content).rows);
        let (last_order, last_token) = self.context.last_given();
        Moment { rows, now_micros: self.context.clock.now_micros(), last_order, last_token }
    }

    /// Goes on from that moment of this store or of one that it came from, as if nothing had been since.
    pub fn go_back(&self, moment: &Moment) {
        *lock(&self.content) = Arc::new(Content { rows: Arc::clone(&moment.rows), deleted: BTreeSet::new() });
        self.context.go_back(moment.now_micros, moment.last_order, moment.last_token);
    }

    pub fn crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }

    /// How many records were asked for or listed so far.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// How many marks of deleted records scans had to pass so far.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    /// How many transactions were tried so far.
    pub fn tries(&self) -> u64 {
        self.tries.load(Ordering::SeqCst)
    }

    /// How many transactions stored something so far.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// How many writes the largest transaction had so far.
    pub fn largest_commit(&self) -> u64 {
        self.largest_commit.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<()> {
        if self.crashed() { Err(Error::new(Code::Unavailable, "the simulated process died")) } else { Ok(()) }
    }

    fn snapshot(&self) -> Snapshot {
        let content = lock(&self.content).clone();
        Snapshot { content, reads: Arc::clone(&self.reads), passed: Arc::clone(&self.passed) }
    }

    fn commit(&self, writes: Vec<Write>) {
        if writes.is_empty() {
            return;
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.largest_commit.fetch_max(writes.len() as u64, Ordering::SeqCst);
        let mut content = lock(&self.content);
        let Content { rows, deleted } = Arc::make_mut(&mut content);
        let rows = Arc::make_mut(rows);
        for write in writes {
            match write {
                Write::Set(key, row) => {
                    deleted.remove(&key);
                    rows.insert(key, row);
                }
                Write::Delete(key) => {
                    if rows.remove(&key).is_some() {
                        deleted.insert(key);
                    }
                }
            }
        }
    }
}

impl Records for Simulated {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async {
            self.alive()?;
            Ok(Box::new(self.snapshot()) as Box<dyn Reads>)
        })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(async move {
            loop {
                self.alive()?;
                self.tries.fetch_add(1, Ordering::SeqCst);
                let snapshot = self.snapshot();
                let mut tx = Tx::new(&snapshot, &self.context);
                let answer = step.run(&mut tx).await?;
                let writes = tx.into_writes();
                // Nothing is awaited between this comparison and the commit, so it decides alone.
                let raced = !Arc::ptr_eq(&snapshot.content, &lock(&self.content));
                drop(snapshot);
                match (self.faults)() {
                    Fault::None if !raced => {
                        self.commit(writes);
                        step.committed();
                        return Ok(answer);
                    }
                    Fault::None | Fault::Conflict => tokio::task::yield_now().await,
                    Fault::CrashBefore => self.crashed.store(true, Ordering::SeqCst),
                    Fault::CrashAfter => {
                        if raced {
                            continue;
                        }
                        self.commit(writes);
                        self.crashed.store(true, Ordering::SeqCst);
                    }
                }
            }
        })
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

struct Snapshot {
    content: Arc<Content>,
    reads: Arc<AtomicU64>,
    passed: Arc<AtomicU64>,
}

impl Snapshot {
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
        // A scan that found as many as it may stops there; any other goes through to the end.
        let stop = rows.last().filter(|_| rows.len() == limit).map(|(key, _)| *key);
        let is_passed = |key: &Key| match (stop, direction) {
            (None, _) => true,
            (Some(stop), Direction::Forward) => key < stop,
            (Some(stop), Direction::Backward) => key > stop,
        };
        let deleted = self.content.deleted.range((Bound::Included(from), Bound::Unbounded));
        let deleted = deleted.skip_while(|key| skipped(key)).take_while(|key| within(key));
        self.passed.fetch_add(deleted.filter(|key| is_passed(key)).count() as u64, Ordering::SeqCst);
        let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row.clone()).collect();
        self.reads.fetch_add(rows.len() as u64, Ordering::SeqCst);
        rows
    }
}

impl Reads for Snapshot {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        Box::pin(async { Ok(self.find(key)) })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        Box::pin(async { Ok(keys.iter().map(|key| self.find(key)).collect()) })
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move { Ok(self.list(range, direction, limit)) })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
