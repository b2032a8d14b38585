//! Simulated records of one process, with faults: other tasks run in the middle of a transaction, which is then
//! repeated, and the process may die before or after a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::{self, BoxFuture, Context, Reads, Records, Step, Tx};
use rivers_storage_testing::Simulated;
use tokio::sync::Notify;

use super::random::Random;
use crate::observer::call::{Answered, Call};
use crate::observer::{Committed, Observer};

/// Each happens once in so many times, and never at 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub crash: i64,
    /// The process is suspended, and continues later.
    pub suspend: i64,
}

#[derive(Clone)]
pub struct FaultyRecords(Arc<Shared>);

struct Shared {
    records: Arc<Simulated>,
    observer: Arc<Observer>,
    random: Random,
    faults: Faults,
    without_faults: AtomicBool,
    uninterrupted: AtomicBool,
    suspended: AtomicBool,
    ended: AtomicBool,
    died: Notify,
    deciding: AtomicUsize,
}

impl FaultyRecords {
    pub fn new(records: Simulated, observer: Arc<Observer>, random: Random, faults: Faults) -> Self {
        Self(Arc::new(Shared {
            records: Arc::new(records),
            observer,
            random,
            faults,
            without_faults: AtomicBool::new(false),
            uninterrupted: AtomicBool::new(false),
            suspended: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            died: Notify::new(),
            deciding: AtomicUsize::new(0),
        }))
    }

    pub fn simulated(&self) -> &Simulated {
        &self.0.records
    }

    /// Whether the process was suspended since the last call, so that timers may be overdue.
    pub fn was_suspended(&self) -> bool {
        self.0.suspended.swap(false, Ordering::SeqCst)
    }

    pub async fn died(&self) {
        self.0.died.notified().await;
    }

    /// Interrupts no transaction and suspends no process: the clock moves, or what is shown is read, as one whole.
    pub fn set_uninterrupted(&self, uninterrupted: bool) {
        self.0.uninterrupted.store(uninterrupted, Ordering::SeqCst);
    }

    pub fn stop_faults(&self) {
        self.0.without_faults.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    /// Other tasks run. In a process that has died, the task never continues.
    async fn pause(&self) {
        for _ in 0..self.random.between(0..=2) {
            tokio::task::yield_now().await;
        }
        if self.ended.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let may_suspend = !self.uninterrupted.load(Ordering::SeqCst) && self.deciding.load(Ordering::SeqCst) == 0;
        if may_suspend && self.occurs(self.faults.suspend) {
            let clock = &self.records.context().clock;
            let later = clock.now() + self.random.between(1..=40) * 250;
            self.observer.note(|| format!("suspended until {later}"));
            self.observer.count("suspensions");
            clock.not_before(later * 1000);
            self.suspended.store(true, Ordering::SeqCst);
        }
    }

    fn occurs(&self, fault: i64) -> bool {
        !self.without_faults.load(Ordering::SeqCst) && self.random.one_in(fault)
    }

    fn die(&self, how: &'static str) {
        self.observer.note(|| format!("died {how} a commit"));
        self.observer.count("crashes");
        self.ended.store(true, Ordering::SeqCst);
        self.died.notify_one();
    }
}

impl Records for FaultyRecords {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async {
            self.0.pause().await;
            self.0.records.view().await
        })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<records::Answer>> {
        Box::pin(async move {
            // The call that began it: another task may run its end.
            let call = Call::current();
            self.0.pause().await;
            let crashes = self.0.occurs(self.0.faults.crash);
            if crashes && self.0.random.one_in(2) {
                self.0.die("before");
                std::future::pending::<()>().await;
            }
            let observed = Arc::new(ObservedTx {
                step,
                shared: Arc::clone(&self.0),
                call,
                decided: Mutex::new((0, Answered::Other)),
                crashes,
                tries: AtomicI64::new(0),
            });
            let step = Box::new(ObservedStep(Arc::clone(&observed)));
            let answer = self.0.records.transact_then(step, |notify| observed.committed(notify)).await;
            self.0.pause().await;
            answer
        })
    }

    fn context(&self) -> &Context {
        self.0.records.context()
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        self.0.records.close()
    }
}

/// A transaction that is reported to the observer.
struct ObservedTx {
    step: Box<dyn Step>,
    shared: Arc<Shared>,
    call: Option<Call>,
    /// The time and the answer of the last try.
    decided: Mutex<(i64, Answered)>,
    crashes: bool,
    tries: AtomicI64,
}

/// No suspension moves the clock between the view of a transaction and its commit.
struct Deciding<'i>(&'i Shared);

impl<'i> Deciding<'i> {
    fn begin(shared: &'i Shared) -> Self {
        shared.deciding.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        self.0.deciding.fetch_sub(1, Ordering::SeqCst);
    }
}

struct ObservedStep(Arc<ObservedTx>);

impl Step for ObservedStep {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<records::Answer>> {
        Box::pin(self.0.run(tx))
    }
}

impl ObservedTx {
    async fn run(&self, tx: &mut Tx<'_>) -> Result<records::Answer> {
        let _deciding = Deciding::begin(&self.shared);
        let (seen, now) = (self.shared.observer.state(), tx.now());
        if self.tries.fetch_add(1, Ordering::SeqCst) > 0 {
            self.shared.observer.count("repeated transactions");
        }
        if !self.shared.uninterrupted.load(Ordering::SeqCst) {
            self.shared.pause().await;
        }
        let answer = self.step.run(tx).await;
        match &answer {
            Ok(answer) => {
                let decided = (tx.now_micros(), Answered::of(answer));
                *self.decided.lock() = decided;
            }
            Err(error) => self.shared.observer.refused(self.call.as_ref(), &seen, now, error),
        }
        answer
    }

    fn committed(&self, notify: &dyn Fn()) {
        let Shared { records, observer, .. } = &*self.shared;
        if self.crashes {
            self.shared.die("after");
        } else {
            notify();
        }
        let decided = self.decided.lock();
        let (now_micros, answer) = &*decided;
        observer.committed(records, &Committed { call: self.call.as_ref(), answer, now_micros: *now_micros });
        if !self.crashes {
            observer.check_kept_alive(now_micros.div_euclid(1000));
        }
    }
}
