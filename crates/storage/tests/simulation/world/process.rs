//! One process on the records, from its opening of the store to its end. Time passes only when all tasks are idle, and
//! then to the next time at which one can run.

use rivers_storage_testing::check::Check;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rivers_storage::OpenStore;
use rivers_storage::records::Records;
use rivers_storage_testing::Storage;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::plan::Plan;
use super::random::Random;
use super::records::FaultyRecords;
use super::timers::Timers;
use super::workload::Workload;
use crate::checks::shown;
use crate::clients::{client, operator};
use crate::observer::Observer;
use crate::observer::call::Call;
use crate::observer::queue::Queues;

/// What the tasks of a process share.
#[derive(Clone)]
pub struct Process {
    pub number: usize,
    pub plan: Arc<Plan>,
    pub workload: Arc<Workload>,
    pub records: FaultyRecords,
    pub observer: Arc<Observer>,
    pub random: Random,
    pub timers: Timers,
    /// Notified when all tasks are idle.
    pub idle: Arc<Notify>,
    pub stores: Vec<Storage>,
    /// Whether all jobs are taken: the process is neither killed nor closed any more.
    pub ending: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It crashed or was killed, and its memory is lost.
    Died,
    Closed,
    /// All jobs are done.
    Finished,
    /// A check failed.
    Failed,
}

/// More than any process needs to finish.
const MAX_IDLE_MOMENTS: usize = 4000;

impl Process {
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
        let mut clients = JoinSet::new();
        for number in 0..self.plan.clients.len() {
            clients.spawn(client::work(self.clone(), number));
        }
        let mut operators = JoinSet::new();
        operators.spawn(operator::work(self.clone()));
        for _ in 0..MAX_IDLE_MOMENTS {
            self.settle().await;
            if self.observer.has_findings() {
                return End::Failed;
            }
            while let Some(ended) = clients.try_join_next() {
                if let Err(error) = ended {
                    self.observer.found(Check::CallsAreAnswered, format!("a client failed: {error}"));
                    return End::Failed;
                }
            }
            if clients.is_empty() {
                operators.shutdown().await;
                return self.finish().await;
            }
            if self.random.one_in(self.plan.kill) && !self.is_ending() {
                self.observer.note(|| "killed".to_owned());
                self.observer.count("kills");
                return End::Died;
            }
            if self.random.one_in(self.plan.close) && !self.is_ending() {
                return self.close().await;
            }
            self.pass().await;
        }
        self.observer.found(Check::CallsAreAnswered, format!("{} clients have not finished", clients.len()));
        End::Failed
    }

    async fn open(&mut self) {
        let records = Arc::new(self.records.clone());
        let base = Call::Open.run(OpenStore::open(records as _)).await.expect("opens");
        let now_micros = self.records.context().clock.now_micros();
        self.observer.opened(now_micros);
        self.stores = self.plan.locations.iter().map(|location| Storage::at(&base, location)).collect();
        operator::create_missing_pools(self).await;
    }

    /// Until all tasks are idle; then runs the checks.
    async fn settle(&self) {
        self.idle.notified().await;
        while self.records.was_suspended() {
            self.advance(0).await;
            self.idle.notified().await;
        }
        let now = self.now();
        self.observer.idle(now);
        self.observer.check_kept_alive(now);
        if !self.random.one_in(3) {
            return;
        }
        self.records.set_uninterrupted(true);
        for store in &self.stores {
            let shown = shown::look(store).await.expect("reads");
            let mut observed = self.observer.lock();
            let observed = &mut *observed;
            let queues = Queues { state: &observed.state, history: &observed.history, now: store.now() };
            shown::check(&shown, queues, &mut observed.findings);
        }
        self.records.set_uninterrupted(false);
    }

    /// Time passes until the next timer is due; or much longer, while the machine sleeps.
    async fn pass(&self) {
        let now = self.now();
        if self.random.one_in(self.plan.sleep) {
            let later = now + *self.random.pick(&[2_000, 20_000, 3_600_000, 5 * 86_400_000]);
            self.observer.note(|| format!("sleeps until {later}"));
            self.observer.count("clock jumps");
            self.records.context().clock.not_before(later * 1000);
            self.advance(0).await;
        } else {
            let next = self.timers.next().unwrap_or(now + 1000).max(now);
            self.advance(next - now).await;
        }
        self.timers.wake(self.now());
    }

    async fn advance(&self, by_ms: i64) {
        self.records.set_uninterrupted(true);
        tokio::select! {
            biased;
            advanced = self.stores[0].advance_time(by_ms) => advanced.expect("advances"),
            () = self.idle.notified() => self.observer.found(Check::CallsAreAnswered, "time does not pass".to_owned()),
        }
        self.records.set_uninterrupted(false);
    }

    /// Closes the store in order.
    async fn close(&self) -> End {
        self.observer.note(|| "closes".to_owned());
        self.observer.count("closings");
        self.observer.lock().waits.closed = true;
        for store in &self.stores {
            store.scope.close();
        }
        self.settle().await;
        Call::Close.run(self.stores[0].open.close()).await.expect("closes");
        End::Closed
    }

    /// Lets all leases that were not released expire.
    async fn finish(&self) -> End {
        self.records.stop_faults();
        self.settle().await;
        self.records.context().clock.not_before((self.now() + 3_600_000) * 1000);
        self.advance(0).await;
        Call::Sweep.run(self.stores[0].free_expired_leases()).await.expect("sweeps");
        self.settle().await;
        End::Finished
    }
}
