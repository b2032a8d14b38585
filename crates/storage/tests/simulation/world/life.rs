//! One process on the records: from its opening of the store to its end. Time passes only when nobody can
//! act, and then to the moment when somebody can.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rivers_storage::OpenStore;
use rivers_storage::records::Records;
use rivers_storage_testing::Storage;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::dice::Dice;
use super::lasting::Lasting;
use super::plan::Plan;
use super::records::Faulty;
use super::timers::Timers;
use crate::claimers::{claimer, operator};
use crate::invariants::{Promise, shown};
use crate::witness::Witness;
use crate::witness::call::Call;
use crate::witness::queue::Queues;

/// What everybody in a process shares.
#[derive(Clone)]
pub struct Life {
    pub number: usize,
    pub plan: Arc<Plan>,
    pub lasting: Arc<Lasting>,
    pub records: Faulty,
    pub witness: Arc<Witness>,
    pub dice: Dice,
    pub timers: Timers,
    /// Told whenever nobody can act.
    pub quiet: Arc<Notify>,
    pub stores: Vec<Storage>,
    /// What was begun is finished, and nothing else is begun.
    pub ending: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With the process all that it knew.
    Died,
    Closed,
    /// Everybody has done what he had to do.
    Finished,
    /// A promise was broken.
    Broken,
}

/// More moments of quiet than any process sees that gets on.
const PATIENCE: usize = 4000;

impl Life {
    pub fn now(&self) -> i64 {
        self.records.context().clock.now()
    }

    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    pub async fn sleep(&self, ms: i64) {
        self.timers.until(self.now() + ms).await;
    }

    pub async fn live(mut self) -> End {
        let records = self.records.clone();
        tokio::select! {
            biased;
            () = records.died() => End::Died,
            end = self.run() => end,
        }
    }

    async fn run(&mut self) -> End {
        self.open().await;
        let mut claimers = JoinSet::new();
        for number in 0..self.plan.claimers.len() {
            claimers.spawn(claimer::work(self.clone(), number));
        }
        let mut operators = JoinSet::new();
        operators.spawn(operator::work(self.clone()));
        for _ in 0..PATIENCE {
            self.settle().await;
            if !self.witness.is_content() {
                return End::Broken;
            }
            while let Some(ended) = claimers.try_join_next() {
                if let Err(error) = ended {
                    self.witness.broken(Promise::NobodyIsStuck, format!("a claimer failed: {error}"));
                    return End::Broken;
                }
            }
            if claimers.is_empty() {
                operators.shutdown().await;
                return self.finish().await;
            }
            if self.dice.one_in(self.plan.kill) && !self.is_ending() {
                self.witness.note(|| "killed".to_owned());
                self.witness.count("kills");
                return End::Died;
            }
            if self.dice.one_in(self.plan.close) && !self.is_ending() {
                return self.close().await;
            }
            self.pass().await;
        }
        self.witness.broken(Promise::NobodyIsStuck, format!("{} still have something to do", claimers.len()));
        End::Broken
    }

    async fn open(&mut self) {
        let records = Arc::new(self.records.clone());
        let base = Call::Open.does(OpenStore::open(records as _)).await.expect("opens");
        let now_micros = self.records.context().clock.now_micros();
        self.witness.opened(now_micros);
        self.stores = self.plan.locations.iter().map(|location| Storage::at(&base, location)).collect();
        operator::makes_missing_pools(self).await;
    }

    /// Until nobody can act; then looks whether all is as it should be.
    async fn settle(&self) {
        self.quiet.notified().await;
        while self.records.was_suspended() {
            self.advance(0).await;
            self.quiet.notified().await;
        }
        let now = self.now();
        self.witness.quiet(now);
        self.witness.look_at_kept(now);
        if !self.dice.one_in(3) {
            return;
        }
        self.records.undisturbed(true);
        for store in &self.stores {
            let shown = shown::look(store).await.expect("reads");
            let mut inside = self.witness.inside();
            let inside = &mut *inside;
            let queues = Queues { state: &inside.state, history: &inside.history, now: store.now() };
            shown::check(&shown, queues, &mut inside.findings);
        }
        self.records.undisturbed(false);
    }

    /// Time passes until somebody can act; or much more of it, while the machine sleeps.
    async fn pass(&self) {
        let now = self.now();
        if self.dice.one_in(self.plan.sleep) {
            let later = now + *self.dice.pick(&[2_000, 20_000, 3_600_000, 5 * 86_400_000]);
            self.witness.note(|| format!("sleeps until {later}"));
            self.witness.count("jumps of the clock");
            self.records.context().clock.not_before(later * 1000);
            self.advance(0).await;
        } else {
            let next = self.timers.next().unwrap_or(now + 1000).max(now);
            self.advance(next - now).await;
        }
        self.timers.wake(self.now());
    }

    async fn advance(&self, by_ms: i64) {
        self.records.undisturbed(true);
        tokio::select! {
            biased;
            advanced = self.stores[0].advance_time(by_ms) => advanced.expect("advances"),
            () = self.quiet.notified() => self.witness.broken(Promise::NobodyIsStuck, "time does not pass".to_owned()),
        }
        self.records.undisturbed(false);
    }

    /// As a program closes that is well-behaved.
    async fn close(&self) -> End {
        self.witness.note(|| "closes".to_owned());
        self.witness.count("closings");
        self.witness.inside().waits.closed = true;
        for store in &self.stores {
            store.scope.close();
        }
        self.settle().await;
        Call::Close.does(self.stores[0].open.close()).await.expect("closes");
        End::Closed
    }

    /// What is held is never given back, and expires.
    async fn finish(&self) -> End {
        self.records.calm();
        self.settle().await;
        self.records.context().clock.not_before((self.now() + 3_600_000) * 1000);
        self.advance(0).await;
        Call::Sweep.does(self.stores[0].free_expired_leases()).await.expect("sweeps");
        self.settle().await;
        End::Finished
    }
}
