//! What the native waits and leases of an open store share.

use std::sync::{Arc, Weak};
use std::time::Duration;

use compact_str::CompactString;
use tokio::sync::Notify;
use tokio::time::Interval;
use uuid::Uuid;

use super::super::changes::{Change, changes};
use super::super::recovery::beat;
use super::dispatcher::WaitDispatcher;
use super::keep_alive::KeepAlives;
use crate::records::{CommitListener, Records, Write};
use crate::store::Store;

/// Shared by all wait scopes of an open store, and the listener of its commits.
pub struct WaitService {
    records: Arc<dyn Records>,
    /// Names this opening of the store in queue entries.
    process: CompactString,
    dispatcher: WaitDispatcher,
    keep_alives: KeepAlives,
    clock_moved: Notify,
    /// When the store was opened, if other processes have it open, too: their commits notify nobody here.
    shared_since: Option<i64>,
}

/// How often waits in a store that other processes change, too, look for what these have changed.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Every so many looks each wait is attempted, and not only the first of each line.
const ALL_EVERY: u32 = 4;

impl WaitService {
    /// Waits and leases are notified of each commit of the records from now on.
    pub fn listen(records: &Arc<dyn Records>, shared_since: Option<i64>) -> Arc<Self> {
        let service = Arc::new(Self {
            records: Arc::clone(records),
            process: Uuid::new_v4().simple().to_string().into(),
            dispatcher: WaitDispatcher::default(),
            keep_alives: KeepAlives::default(),
            clock_moved: Notify::new(),
            shared_since,
        });
        records.context().commits.listen(&(Arc::clone(&service) as _));
        service
    }

    pub const fn process(&self) -> &CompactString {
        &self.process
    }

    pub(super) const fn dispatcher(&self) -> &WaitDispatcher {
        &self.dispatcher
    }

    pub(super) const fn keep_alives(&self) -> &KeepAlives {
        &self.keep_alives
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
    async fn look(&self, at_all: bool) {
        self.dispatcher.suspect_changes(at_all);
        if let Some(opened_at) = self.shared_since.filter(|_| at_all) {
            // A failure is one of the connection: the attempts fail, too.
            drop(beat(&Store::new(Arc::clone(&self.records), ""), &self.process, opened_at, true).await);
        }
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
        if self.dispatcher.is_empty() && self.keep_alives.is_empty() {
            return;
        }
        let changes: Vec<Change> = changes(writes).collect();
        // Before the kept leases: a wait adds its lease first, and then looks here for a change that the lease missed.
        self.dispatcher.on_change(changes.iter().cloned());
        for change in changes {
            if let Change::Lease { step, grant } = change {
                self.keep_alives.on_change(&step, grant.as_ref());
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
        let mut ticks = shared.then(|| tokio::time::interval(LOOK_EVERY));
        let mut looks = 0;
        while let Some(service) = self.service.upgrade() {
            let WaitService { dispatcher, records, .. } = service.as_ref();
            dispatcher.serve(records.as_ref()).await;
            if dispatcher.end_watch() {
                return;
            }
            let next_expiry = dispatcher.next_expiry_hint();
            tokio::select! {
                () = dispatcher.called() => {}
                () = service.until(next_expiry) => {}
                () = tick(ticks.as_mut()) => {
                    looks += 1;
                    service.look(looks % ALL_EVERY == 0).await;
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
