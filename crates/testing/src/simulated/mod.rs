//! Records in a map, with the faults of an engine: conflicts, and crashes before and after a commit.
//!
//! They count reads and tombstones: an engine of sorted files keeps a tombstone for each deleted key, and a scan
//! has to pass it.

mod live;
#[cfg(feature = "mutants")]
mod snapshot;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use rivers_storage::clock::Clock;
use rivers_storage::records::{Answer, BoxFuture, Context, Key, Read, ReadLog, Reads, Records, Row, Step, Tx, Write};
use rivers_storage::{Code, Error, Result};

use self::live::LiveReads;
#[cfg(feature = "mutants")]
pub use self::snapshot::Snapshot;
use self::view::View;

#[derive(Clone, Default)]
pub struct Content {
    rows: Arc<BTreeMap<Key, Row>>,
    /// The keys that have a tombstone.
    deleted: BTreeSet<Key>,
    /// The number of the last commit.
    version: u64,
    /// Counted up by each commit that changes a guarded table.
    guard: u64,
}

/// What of a transaction's reads its commit checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// All of them. They see one moment.
    Everything,
    /// As a server does: rows, and the guard for ranges of guarded tables. Each read sees its own moment.
    RowsAndGuard,
}

/// What happens to a commit: decided anew for each try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The try is discarded, and made again after other tasks have run.
    Conflict,
    /// The process dies before anything of the commit is stored.
    CrashBefore,
    /// The process dies once the commit is stored, before its answer.
    CrashAfter,
}

pub struct Simulated {
    content: Mutex<Arc<Content>>,
    context: Context,
    faults: Box<dyn Fn() -> Fault + Send + Sync>,
    isolation: Isolation,
    crashed: AtomicBool,
    reads: Arc<AtomicU64>,
    tombstones: Arc<AtomicU64>,
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
            isolation: Isolation::Everything,
            crashed: AtomicBool::new(false),
            reads: Arc::default(),
            tombstones: Arc::default(),
            calls: Arc::default(),
            tries: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            largest_commit: AtomicU64::new(0),
        }
    }

    /// The records with another isolation.
    #[must_use]
    pub const fn with_isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// The records as the next process finds them.
    #[must_use]
    pub fn restarted(&self) -> Self {
        Self::at(self, self.context.clock.now())
    }

    /// The same rows, and a clock of another time.
    #[must_use]
    pub fn at(before: &Self, now_ms: i64) -> Self {
        let records = Self::new(now_ms).with_isolation(before.isolation);
        *records.content.lock() = before.content.lock().clone();
        records
    }

    pub fn rows(&self) -> BTreeMap<Key, Row> {
        self.content.lock().rows.as_ref().clone()
    }

    pub fn crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }

    /// Keys looked up and rows listed so far.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// Calls that read: a store on a server answers each by itself.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Tombstones that scans have passed so far.
    pub fn tombstones(&self) -> u64 {
        self.tombstones.load(Ordering::SeqCst)
    }

    /// Tries of transactions so far.
    pub fn tries(&self) -> u64 {
        self.tries.load(Ordering::SeqCst)
    }

    /// Transactions that have stored something so far.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// The number of writes of the largest transaction so far.
    pub fn largest_commit(&self) -> u64 {
        self.largest_commit.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<()> {
        if self.crashed() { Err(Error::new(Code::Unavailable, "the simulated process died")) } else { Ok(()) }
    }

    fn current(&self) -> View {
        let content = self.content.lock().clone();
        View {
            content,
            reads: Arc::clone(&self.reads),
            tombstones: Arc::clone(&self.tombstones),
            calls: Arc::clone(&self.calls),
        }
    }

    /// The version of the current content, if the reads find the same in it as they did.
    async fn basis(&self, reads: &[Read], view: View) -> Result<Option<u64>> {
        let content = self.content.lock().clone();
        if view.content.version != content.version {
            // The transaction does not make these reads, so they are not counted.
            let now = View {
                content: Arc::clone(&content),
                reads: Arc::default(),
                tombstones: Arc::default(),
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

    /// Stores the writes if the content still is the basis, and returns whether it is.
    fn commit(&self, basis: Option<u64>, writes: &[Write]) -> bool {
        let mut content = self.content.lock();
        let is_current = basis == Some(content.version);
        if !is_current || writes.is_empty() {
            return is_current;
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.largest_commit.fetch_max(writes.len() as u64, Ordering::SeqCst);
        let Content { rows, deleted, version, guard } = Arc::make_mut(&mut content);
        *version += 1;
        *guard += u64::from(writes.iter().any(|write| write.key().table.is_guarded()));
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

    async fn run(&self, step: &dyn Step, reads: &dyn Reads) -> Result<(Answer, Vec<Write>, Vec<Read>)> {
        let log = ReadLog::new(reads);
        let mut tx = Tx::new(&log, &self.context, self.now_micros());
        let answer = step.run(&mut tx).await?;
        Ok((answer, tx.into_writes(), log.into_reads()))
    }

    /// `committed` is called right after the commit. It notifies the listener, unless the process has died.
    pub async fn transact_then(&self, step: Box<dyn Step>, committed: impl Fn(&dyn Fn()) + Send) -> Result<Answer> {
        loop {
            self.alive()?;
            self.tries.fetch_add(1, Ordering::SeqCst);
            let (answer, writes, basis) = match self.isolation {
                Isolation::Everything => {
                    let view = self.current();
                    let (answer, writes, reads) = self.run(step.as_ref(), &view).await?;
                    (answer, writes, self.basis(&reads, view).await?)
                }
                Isolation::RowsAndGuard => {
                    let live = LiveReads::new(self);
                    let (answer, writes, reads) = self.run(step.as_ref(), &live).await?;
                    (answer, writes, live.basis(&reads).await?)
                }
            };
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
            Ok(Box::new(self.current()) as Box<dyn Reads>)
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
