//! Records in a map, with the faults that real ones have: conflicts, crashes before and after a
//! commit. For tests: they need no engine.
//!
//! They count what was read, and what was passed: an engine of sorted files keeps marks of what was
//! deleted, and a scan has to pass them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use rivers_storage::clock::Clock;
use rivers_storage::records::{
    Answer, BoxFuture, Context, Direction, Key, Range, Read, ReadLog, Reads, Records, Row, Scan, Step, Tx, Write,
};
use rivers_storage::{Code, Error, Result};

/// With the keys of what was deleted.
#[derive(Clone, Default)]
struct Content {
    rows: Arc<BTreeMap<Key, Row>>,
    deleted: BTreeSet<Key>,
    /// The number of the last commit.
    version: u64,
}

/// Everything that decides what operations do from here on.
#[cfg(feature = "mutants")]
#[derive(Clone)]
pub struct Moment {
    rows: Arc<BTreeMap<Key, Row>>,
    now_micros: i64,
    last_order: i64,
    last_token: i64,
}

#[cfg(feature = "mutants")]
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
    calls: Arc<AtomicU64>,
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
            calls: Arc::default(),
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
        *records.content.lock() = before.content.lock().clone();
        records
    }

    pub fn rows(&self) -> BTreeMap<Key, Row> {
        self.content.lock().rows.as_ref().clone()
    }

    #[cfg(feature = "mutants")]
    pub fn moment(&self) -> Moment {
        let rows = Arc::clone(&self.content.lock().rows);
        let (last_order, last_token) = self.context.last_given();
        Moment { rows, now_micros: self.context.clock.now_micros(), last_order, last_token }
    }

    #[cfg(feature = "mutants")]
    /// Goes on from that moment of this store or of one that it came from, as if nothing had been since.
    pub fn go_back(&self, moment: &Moment) {
        let mut content = self.content.lock();
        *content = Arc::new(Content {
            rows: Arc::clone(&moment.rows),
            deleted: BTreeSet::new(),
            version: content.version + 1,
        });
        self.context.go_back(moment.now_micros, moment.last_order, moment.last_token);
    }

    pub fn crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }

    /// How many records were asked for or listed so far.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// How many calls read something so far: what a store on a server answers one by one.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
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
        let content = self.content.lock().clone();
        Snapshot {
            content,
            reads: Arc::clone(&self.reads),
            passed: Arc::clone(&self.passed),
            calls: Arc::clone(&self.calls),
        }
    }

    /// The version of the content now, if the reads would find the same in it as they did.
    async fn basis(&self, reads: &[Read], snapshot: Snapshot) -> Result<Option<u64>> {
        let content = self.content.lock().clone();
        if snapshot.content.version != content.version {
            // These reads are not the transaction's, so they do not count.
            let now = Snapshot {
                content: Arc::clone(&content),
                reads: Arc::default(),
                passed: Arc::default(),
                calls: Arc::default(),
            };
            for read in reads {
                if !read.is_current(&now).await? {
                    return Ok(None);
                }
            }
        }
        Ok(Some(content.version))
    }

    /// Whether the content was still the basis, so that the writes are stored.
    fn commit(&self, basis: Option<u64>, writes: &[Write]) -> bool {
        let mut content = self.content.lock();
        let is_current = basis == Some(content.version);
        if !is_current || writes.is_empty() {
            return is_current;
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.largest_commit.fetch_max(writes.len() as u64, Ordering::SeqCst);
        let Content { rows, deleted, version } = Arc::make_mut(&mut content);
        *version += 1;
        let rows = Arc::make_mut(rows);
        for write in writes {
            match write {
                Write::Set(key, row) => {
                    deleted.remove(key);
                    rows.insert(key.clone(), row.clone());
                }
                Write::Delete(key) => {
                    if rows.remove(key).is_some() {
                        deleted.insert(key.clone());
                    }
                }
            }
        }
        true
    }

    /// `committed` is called right after the commit. It notifies the listener, unless the process has died.
    pub async fn transact_then(&self, step: Box<dyn Step>, committed: impl Fn(&dyn Fn()) + Send) -> Result<Answer> {
        loop {
            self.alive()?;
            self.tries.fetch_add(1, Ordering::SeqCst);
            let snapshot = self.snapshot();
            let log = ReadLog::new(&snapshot);
            let mut tx = Tx::new(&log, &self.context, self.now_micros());
            let answer = step.run(&mut tx).await?;
            let (writes, reads) = (tx.into_writes(), log.into_reads());
            let basis = self.basis(&reads, snapshot).await?;
            match (self.faults)() {
                Fault::None if self.commit(basis, &writes) => {
                    committed(&|| self.context.commits.notify(&writes));
                    return Ok(answer);
                }
                Fault::None | Fault::Conflict => tokio::task::yield_now().await,
                Fault::CrashBefore => self.crashed.store(true, Ordering::SeqCst),
                Fault::CrashAfter => {
                    if self.commit(basis, &writes) {
                        self.crashed.store(true, Ordering::SeqCst);
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
        Box::pin(self.transact_then(step, |notify| notify()))
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
    calls: Arc<AtomicU64>,
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
