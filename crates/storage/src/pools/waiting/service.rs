//! What the native waits and leases of an open store share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use compact_str::CompactString;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Interval;

use super::super::changes::{Change, changes, step_of};
use super::super::recovery::beat;
use super::super::rows::{StepId, Waiter};
use super::dispatcher::WaitDispatcher;
use super::keep_alive::KeepAlives;
use super::wait::Wait;
use super::wait_scope::WaitScope;
use crate::records::{CommitListener, Key, Records, Table, Write};
use crate::store::Store;

/// Shared by all wait scopes of an open store, and the listener of its commits.
pub struct WaitService {
    records: Arc<dyn Records>,
    dispatcher: WaitDispatcher,
    keep_alives: KeepAlives,
    clock_moved: Notify,
    /// The waits of other processes, which this one grants while it is elected.
    others: Mutex<BTreeMap<StepId, Arc<Wait>>>,
    this: Weak<Self>,
    last_beat: AtomicI64,
    /// When the store was opened, if other processes have it open, too: their commits notify nobody here.
    shared_since: Option<i64>,
}

/// How often waits in a store that other processes change, too, look for what these have changed. A thousand processes may
/// wait, so this is all that each asks for every second.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a process that waits shows that it is there.
const BEAT_EVERY_MS: i64 = 3000;
/// Every so many looks the elected process attempts each wait, and not only the first of each line.
const ALL_EVERY: u32 = 2;
/// Every so many looks a process looks at the rows of its waits, though it is told of all that changes them.
const OWN_EVERY: u32 = 10;

impl WaitService {
    /// Waits and leases are notified of each commit of the records from now on.
    pub fn listen(records: &Arc<dyn Records>, shared_since: Option<i64>) -> Arc<Self> {
        let service = Arc::new_cyclic(|this| Self {
            records: Arc::clone(records),
            dispatcher: WaitDispatcher::default(),
            keep_alives: KeepAlives::default(),
            clock_moved: Notify::new(),
            others: Mutex::default(),
            this: Weak::clone(this),
            last_beat: AtomicI64::new(0),
            shared_since,
        });
        records.context().commits.listen(&(Arc::clone(&service) as _));
        service
    }

    /// Names this opening of the store in queue entries.
    pub fn process(&self) -> &CompactString {
        self.records.context().process()
    }

    pub const fn is_shared(&self) -> bool {
        self.shared_since.is_some()
    }

    pub(super) fn is_elected(&self) -> bool {
        self.records.context().is_elected()
    }

    pub(super) const fn dispatcher(&self) -> &WaitDispatcher {
        &self.dispatcher
    }

    pub(super) const fn keep_alives(&self) -> &KeepAlives {
        &self.keep_alives
    }

    /// Whether waits of this process are granted by this process.
    fn grants(&self) -> bool {
        !self.is_shared() || self.is_elected()
    }

    /// Resolves when the store's clock has come to this time.
    pub(super) async fn until(&self, time_ms: i64) {
        let clock = &self.records.context().clock;
        loop {
            let moved = self.clock_moved.notified();
            let left = time_ms.saturating_sub(self.records.now());
            let Ok(left @ 1..) = u64::try_from(left) else { return };
            if clock.is_manual() {
                moved.await;
            } else {
                // A timer of centuries overflows: none is longer than a day.
                tokio::time::sleep(Duration::from_millis(left.min(86_400_000))).await;
            }
        }
    }

    /// For what other processes have changed.
    async fn look(&self, number: u32) {
        if self.records.look().await.is_err() {
            // The attempts end their waits if the server stays away until their deadline.
            self.dispatcher.suspect_changes(true);
            return;
        }
        let elected = self.is_elected();
        if elected {
            self.dispatcher.suspect_changes(number.is_multiple_of(ALL_EVERY));
        } else if number.is_multiple_of(OWN_EVERY) {
            // A failure is one of the connection: the calls fail, too.
            drop(self.dispatcher.call_ended(self.records.as_ref()).await);
        }
        self.beat_if_due().await;
    }

    /// Others take a process for gone that waits and is not seen. The elected process looks which ones are gone.
    async fn beat_if_due(&self) {
        let Some(opened_at) = self.shared_since else { return };
        let now = self.records.now();
        if self.last_beat.load(Ordering::SeqCst) + BEAT_EVERY_MS > now {
            return;
        }
        self.last_beat.store(now, Ordering::SeqCst);
        // A failure is one of the connection: the calls fail, too.
        drop(beat(&Store::new(Arc::clone(&self.records), ""), self.process(), opened_at, self.is_elected()).await);
    }

    /// The waits of other processes among the rows that were written.
    fn note_others(&self, writes: &[Write]) {
        for write in writes.iter().filter(|write| write.key().table == Table::Waiter) {
            let waiter = match write {
                Write::Set(_, row) => Waiter::from_row(row.clone()).ok(),
                Write::Delete(_) => None,
            };
            match waiter {
                Some(waiter) if waiter.process.as_ref().is_some_and(|process| process != self.process()) => {
                    self.serve_other(&waiter);
                }
                Some(_) => {}
                None => self.forget_other(write.key()),
            }
        }
    }

    fn serve_other(&self, waiter: &Waiter) {
        let Some(service) = self.this.upgrade() else { return };
        let scope = WaitScope::new(Store::new(Arc::clone(&self.records), &waiter.location), service);
        let mut others = self.others.lock();
        if others.get(&waiter.step).is_some_and(|wait| wait.is_of(waiter)) {
            return;
        }
        let Some(wait) = Wait::of_other(&scope, waiter) else { return };
        self.dispatcher.enter(&wait);
        if let Some(before) = others.insert(waiter.step.clone(), wait) {
            self.dispatcher.leave(&before);
        }
        drop(others);
        scope.service().start_watch();
    }

    fn forget_other(&self, waiter: &Key) {
        let Some(step) = step_of(waiter) else { return };
        let wait = self.others.lock().remove(&step);
        if let Some(wait) = wait {
            self.dispatcher.leave(&wait);
        }
    }

    /// Another process is elected.
    fn forget_others(&self) {
        let others = std::mem::take(&mut *self.others.lock());
        for wait in others.into_values() {
            self.dispatcher.leave(&wait);
        }
    }

    /// The wait of another process has ended. If its row is written again, it is served again.
    pub(super) fn end_other(&self, wait: &Wait) {
        let mut others = self.others.lock();
        if others.get(&wait.step).is_some_and(|other| other.number == wait.number) {
            others.remove(&wait.step);
        }
        drop(others);
        self.dispatcher.leave(wait);
    }

    pub(super) fn clock_moved(&self) {
        self.clock_moved.notify_waiters();
    }

    /// Starts a task that serves the waits, unless one runs. It ends with the last wait.
    pub(super) fn start_watch(self: &Arc<Self>) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && self.dispatcher.take_watch()
        {
            runtime.spawn(Watch { service: Arc::downgrade(self), begun: false }.run());
        }
    }
}

impl CommitListener for WaitService {
    fn on_commit(&self, writes: &[Write]) {
        if self.is_shared() {
            if self.is_elected() {
                self.note_others(writes);
            } else {
                self.forget_others();
            }
        }
        if self.dispatcher.is_empty() && self.keep_alives.is_empty() {
            return;
        }
        let changes: Vec<Change> = changes(writes).collect();
        // Before the kept leases: a wait adds its lease first, and then looks here for a change that the lease missed.
        self.dispatcher.on_change(changes.iter().cloned());
        for change in changes {
            if let Change::Lease { step, grant } = change {
                self.keep_alives.on_change(&step, grant.as_ref().map(|(grant, _)| grant));
            }
        }
    }
}

async fn tick(ticks: Option<&mut Interval>) {
    match ticks {
        Some(ticks) => drop(ticks.tick().await),
        None => std::future::pending().await,
    }
}

/// The task that serves waits. It holds the service weakly, so it does not keep the store from closing.
struct Watch {
    service: Weak<WaitService>,
    begun: bool,
}

impl Watch {
    async fn run(mut self) {
        self.begun = true;
        let shared = self.service.upgrade().is_some_and(|service| service.shared_since.is_some());
        // Of the whole watch: changes of this process must not put a look off.
        let first = tokio::time::Instant::now() + LOOK_EVERY;
        let mut ticks = shared.then(|| tokio::time::interval_at(first, LOOK_EVERY));
        if let Some(service) = self.service.upgrade() {
            service.beat_if_due().await;
        }
        let mut looks = 0;
        while let Some(service) = self.service.upgrade() {
            let WaitService { dispatcher, records, .. } = service.as_ref();
            dispatcher.serve(records.as_ref(), service.grants()).await;
            if dispatcher.end_watch() {
                return;
            }
            let next_expiry = if service.grants() { dispatcher.next_expiry_hint() } else { i64::MAX };
            tokio::select! {
                () = dispatcher.called() => {}
                () = service.until(next_expiry) => {}
                () = tick(ticks.as_mut()) => {
                    looks += 1;
                    service.look(looks).await;
                }
            }
        }
    }
}

impl Drop for Watch {
    /// A watch that a panic ended is replaced. One that has not begun is not: then the panic is another's, and ends the
    /// runtime.
    fn drop(&mut self) {
        if let Some(service) = self.service.upgrade().filter(|_| std::thread::panicking()) {
            service.dispatcher.drop_watch();
            if self.begun {
                service.start_watch();
            }
        }
    }
}
