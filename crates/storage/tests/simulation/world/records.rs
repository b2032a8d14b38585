//! Simulated records of one process: others get their turn in the middle of a transaction, which is then
//! repeated, and the process may die before or after a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::{self, BoxFuture, Context, Reads, Records, Step, Tx};
use rivers_storage_testing::Simulated;
use tokio::sync::Notify;

use super::dice::Dice;
use crate::witness::call::{Answered, Call};
use crate::witness::{Told, Witness};

/// How often what goes wrong: once in so many, never at 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub crash: i64,
    /// The process is suspended, and goes on where it was.
    pub suspend: i64,
}

#[derive(Clone)]
pub struct Faulty(Arc<Inside>);

struct Inside {
    records: Arc<Simulated>,
    witness: Arc<Witness>,
    dice: Dice,
    faults: Faults,
    calm: AtomicBool,
    undisturbed: AtomicBool,
    suspended: AtomicBool,
    dead: AtomicBool,
    died: Notify,
    deciding: AtomicUsize,
}

impl Faulty {
    pub fn new(records: Simulated, witness: Arc<Witness>, dice: Dice, faults: Faults) -> Self {
        Self(Arc::new(Inside {
            records: Arc::new(records),
            witness,
            dice,
            faults,
            calm: AtomicBool::new(false),
            undisturbed: AtomicBool::new(false),
            suspended: AtomicBool::new(false),
            dead: AtomicBool::new(false),
            died: Notify::new(),
            deciding: AtomicUsize::new(0),
        }))
    }

    pub fn simulated(&self) -> &Simulated {
        &self.0.records
    }

    /// Whether time has passed since the last question, without anybody seeing to what was due.
    pub fn was_suspended(&self) -> bool {
        self.0.suspended.swap(false, Ordering::SeqCst)
    }

    pub async fn died(&self) {
        self.0.died.notified().await;
    }

    /// No transaction is interrupted, and no process suspended: what moves the clock, or looks at one moment,
    /// must not be.
    pub fn undisturbed(&self, undisturbed: bool) {
        self.0.undisturbed.store(undisturbed, Ordering::SeqCst);
    }

    /// From now on nothing goes wrong.
    pub fn calm(&self) {
        self.0.calm.store(true, Ordering::SeqCst);
    }
}

impl Inside {
    /// Others get their turn. Nobody comes back to a process that is dead.
    async fn pause(&self) {
        for _ in 0..self.dice.between(0..=2) {
            tokio::task::yield_now().await;
        }
        if self.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let may_suspend = !self.undisturbed.load(Ordering::SeqCst) && self.deciding.load(Ordering::SeqCst) == 0;
        if may_suspend && self.strikes(self.faults.suspend) {
            let clock = &self.records.context().clock;
            let later = clock.now() + self.dice.between(1..=40) * 250;
            self.witness.note(|| format!("suspended until {later}"));
            self.witness.count("suspensions");
            clock.not_before(later * 1000);
            self.suspended.store(true, Ordering::SeqCst);
        }
    }

    fn strikes(&self, fault: i64) -> bool {
        !self.calm.load(Ordering::SeqCst) && self.dice.one_in(fault)
    }

    fn die(&self, how: &'static str) {
        self.witness.note(|| format!("died {how} a commit"));
        self.witness.count("crashes");
        self.dead.store(true, Ordering::SeqCst);
        self.died.notify_one();
    }
}

impl Records for Faulty {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async {
            self.0.pause().await;
            self.0.records.view().await
        })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<records::Answer>> {
        Box::pin(async move {
            // Of whoever began it: its end may be seen to by others.
            let call = Call::current();
            self.0.pause().await;
            let crashes = self.0.strikes(self.0.faults.crash);
            if crashes && self.0.dice.one_in(2) {
                self.0.die("before");
                std::future::pending::<()>().await;
            }
            let watched = Arc::new(Watched {
                step,
                inside: Arc::clone(&self.0),
                call,
                decided: Mutex::new((0, Answered::Other)),
                crashes,
                tries: AtomicI64::new(0),
            });
            let step = Box::new(WatchedStep(Arc::clone(&watched)));
            let answer = self.0.records.transact_then(step, |notify| watched.committed(notify)).await;
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

/// A transaction that the witness is told of.
struct Watched {
    step: Box<dyn Step>,
    inside: Arc<Inside>,
    call: Option<Call>,
    /// By the last try: when, and the answer.
    decided: Mutex<(i64, Answered)>,
    crashes: bool,
    tries: AtomicI64,
}

/// Between its view of the records and its commit time stands still, as it does in one transaction.
struct Deciding<'i>(&'i Inside);

impl<'i> Deciding<'i> {
    fn begin(inside: &'i Inside) -> Self {
        inside.deciding.fetch_add(1, Ordering::SeqCst);
        Self(inside)
    }
}

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        self.0.deciding.fetch_sub(1, Ordering::SeqCst);
    }
}

struct WatchedStep(Arc<Watched>);

impl Step for WatchedStep {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<records::Answer>> {
        Box::pin(self.0.run(tx))
    }
}

impl Watched {
    async fn run(&self, tx: &mut Tx<'_>) -> Result<records::Answer> {
        let _deciding = Deciding::begin(&self.inside);
        let (seen, now) = (self.inside.witness.state(), tx.now());
        if self.tries.fetch_add(1, Ordering::SeqCst) > 0 {
            self.inside.witness.count("repeated transactions");
        }
        if !self.inside.undisturbed.load(Ordering::SeqCst) {
            self.inside.pause().await;
        }
        let answer = self.step.run(tx).await;
        match &answer {
            Ok(answer) => {
                let decided = (tx.now_micros(), Answered::of(answer));
                *self.decided.lock() = decided;
            }
            Err(error) => self.inside.witness.refused(self.call.as_ref(), &seen, now, error),
        }
        answer
    }

    fn committed(&self, notify: &dyn Fn()) {
        let Inside { records, witness, .. } = &*self.inside;
        if self.crashes {
            self.inside.die("after");
        } else {
            notify();
        }
        let decided = self.decided.lock();
        let (now_micros, answer) = &*decided;
        witness.committed(records, &Told { call: self.call.as_ref(), answer, now_micros: *now_micros });
        if !self.crashes {
            witness.look_at_kept(now_micros.div_euclid(1000));
        }
    }
}
