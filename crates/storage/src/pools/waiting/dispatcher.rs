//! Which native waits to attempt when a commit changed something.
//!
//! A change of a pool calls the first wait of each line that names the pool, if the line's whole demand fits, and
//! no other wait, however many there are. Whether slots are reserved for a head depends on that head's other
//! pools, too: a change of those calls the lines that the reservation blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use super::super::changes::Change;
use super::super::decide::fits;
use super::super::rows::{Pool, PoolId, StepId, end_from, not_ended, pool_key, waiter_key};
use super::attempts::Attempt;
use super::lines::Demand;
use super::registry::{LeaseChange, WaitRegistry};
use super::wait::Wait;
use crate::error::Result;
use crate::key;
use crate::records::{Key, Reads, Records, Scan, Table};

/// The number of a new wait: greater than that of each wait before it.
pub fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::SeqCst)
}

#[derive(Default)]
pub struct WaitDispatcher {
    registry: Mutex<WaitRegistry>,
    called: Notify,
    /// Held while waits are attempted, by one task at a time.
    serving: tokio::sync::Mutex<()>,
}

/// Pools as they were read; None where the counts include expired slots or entries.
type SeenPools = BTreeMap<PoolId, Option<Pool>>;

impl WaitDispatcher {
    pub fn enter(&self, wait: &Arc<Wait>) {
        self.registry().enter(wait);
    }

    pub fn leave(&self, wait: &Wait) {
        let mut registry = self.registry();
        registry.leave(wait);
        let empty = registry.is_empty();
        drop(registry);
        if empty {
            self.called.notify_one();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.registry().is_empty()
    }

    /// The change of the wait's lease since its grant.
    pub fn lease_change(&self, wait: &Wait) -> LeaseChange {
        self.registry().lease_change(wait)
    }

    pub fn on_change(&self, changes: impl Iterator<Item = Change>) {
        let mut registry = self.registry();
        let mut called = false;
        for change in changes {
            called |= registry.on_change(change);
        }
        drop(registry);
        if called {
            self.called.notify_one();
        }
    }

    /// Other processes may have changed every pool and, if `all`, every queue entry, lease and run.
    pub fn suspect_changes(&self, all: bool) {
        self.registry().suspect_changes(all);
    }

    /// Calls the waits of this process that have no queue entry any more, or whose run was cancelled.
    pub async fn call_ended(&self, records: &dyn Records) -> Result<()> {
        let steps: Vec<StepId> =
            self.alive().iter().filter(|wait| !wait.is_of_other).map(|wait| wait.step.clone()).collect();
        let waiters = steps.iter().map(waiter_key);
        let cancellations = steps.iter().map(|step| key!(Table::Cancellation, step.run.as_str()));
        let keys: Vec<Key> = waiters.chain(cancellations).collect();
        let rows = records.view().await?.get_many(&keys).await?;
        let (waiters, cancellations) = rows.split_at(steps.len());
        let ended = steps.iter().zip(waiters.iter().zip(cancellations));
        let ended = ended.filter(|(_, (waiter, cancellation))| waiter.is_none() || cancellation.is_some());
        if self.registry().call(ended.map(|(step, _)| step)) {
            self.called.notify_one();
        }
        Ok(())
    }

    /// To be called before the claim of a wait is attempted.
    pub fn begin_attempt(&self) -> Attempt<'_> {
        Attempt::begin(self)
    }

    /// The claim of a wait is pending; see `WaitRegistry::reserve`.
    pub fn reserve(&self, wait: &Wait, by: &[PoolId], since: u64) {
        if self.registry().reserve(wait, by, since) {
            self.called.notify_one();
        }
    }

    /// Whether the caller has to start the watch: there are waits, and no watch yet.
    pub fn take_watch(&self) -> bool {
        let mut registry = self.registry();
        !registry.is_empty() && !std::mem::replace(&mut registry.watched, true)
    }

    /// Whether the watch is over, since there are no waits any more.
    pub fn end_watch(&self) -> bool {
        let mut registry = self.registry();
        registry.watched = !registry.is_empty();
        !registry.watched
    }

    pub fn drop_watch(&self) {
        self.registry().watched = false;
    }

    pub async fn called(&self) {
        self.called.notified().await;
    }

    /// The next expiry in a pool that is waited for.
    pub fn next_expiry_hint(&self) -> i64 {
        self.registry().lines.next_expiry_hint()
    }

    /// Attempts waits until no attempt can change anything.
    /// Where another process grants, pools are not looked at: it tells of what it grants.
    pub async fn serve(&self, records: &dyn Records, grants: bool) {
        let _serving = self.serving.lock().await;
        loop {
            let now = records.now();
            let (called, changed) = self.registry().take(now);
            if called.is_empty() && changed.is_empty() {
                return;
            }
            let is_done = !grants && called.is_empty();
            for wait in called {
                wait.attempt(false).await;
            }
            if is_done {
                return;
            }
            if !grants {
                continue;
            }
            for wait in self.firsts(records, &changed, now).await {
                if wait.attempt(false).await {
                    // The counts of the pools may be different now, or another wait is first.
                    let mut registry = self.registry();
                    for pool in changed {
                        registry.lines.change(pool);
                    }
                    break;
                }
            }
        }
    }

    /// The first waits of the lines whose demand fits, in the order of the queue.
    async fn firsts(&self, records: &dyn Records, changed: &BTreeSet<PoolId>, now: i64) -> Vec<Arc<Wait>> {
        let mut seen = SeenPools::new();
        for id in changed {
            self.see(records, id, &mut seen, now).await;
        }
        let lines = self.registry().lines.of(changed);
        let mut open = Vec::with_capacity(lines.len());
        for demand in lines {
            if self.has_room(records, &demand, &mut seen, now).await {
                open.push(demand);
            }
        }
        let registry = self.registry();
        let firsts: BTreeSet<_> = open.iter().filter_map(|demand| registry.lines.first(demand)).collect();
        firsts.into_iter().filter_map(|(_, number)| registry.find(number)).collect()
    }

    async fn has_room(&self, records: &dyn Records, demand: &Demand, seen: &mut SeenPools, now: i64) -> bool {
        let is_full = |(id, slots): &(PoolId, i64), seen: &SeenPools| {
            seen.get(id).and_then(Option::as_ref).is_some_and(|pool| !fits(pool.limit, pool.used, *slots))
        };
        if demand.iter().any(|wanted| is_full(wanted, seen)) {
            return false;
        }
        for wanted in demand.iter() {
            self.see(records, &wanted.0, seen, now).await;
            if is_full(wanted, seen) {
                return false;
            }
        }
        true
    }

    async fn see(&self, records: &dyn Records, id: &PoolId, seen: &mut SeenPools, now: i64) {
        if !seen.contains_key(id) {
            // If the read fails, the attempt fails the same way and ends the wait with the error.
            let pool = self.look(records, id, now).await.ok().flatten();
            seen.insert(id.clone(), pool);
        }
    }

    /// The pool, unless its counts include what has expired. Looks up the next expiry where it is due.
    async fn look(&self, records: &dyn Records, id: &PoolId, now: i64) -> Result<Option<Pool>> {
        // Asked before the view is made: the registry notes each expiry that is committed later.
        let is_due = self.registry().lines.is_due(id, now);
        let view = records.glance().await?;
        if is_due && let Some(next) = next_expiry(view.as_ref(), id, now).await? {
            self.registry().lines.expire(id, next);
        }
        let row = view.get(&pool_key(id)).await?;
        let pool = row.map(|mut row| Pool::from_row(&mut row)).transpose()?;
        Ok(pool.filter(|pool| pool.next_expiry_hint > now))
    }

    /// The next time at which a wait times out.
    pub fn next_deadline(&self, after: i64) -> Option<i64> {
        self.alive().iter().filter_map(|wait| wait.deadline).filter(|deadline| *deadline > after).min()
    }

    /// For a manual clock: ends the waits whose deadline has passed. False if there were none.
    pub async fn time_out(&self, now: i64) -> bool {
        let mut late = self.alive();
        late.retain(|wait| wait.deadline.is_some_and(|deadline| deadline <= now));
        late.sort_by_key(|wait| (wait.deadline, wait.number));
        for wait in &late {
            wait.attempt(true).await;
        }
        !late.is_empty()
    }

    fn alive(&self) -> Vec<Arc<Wait>> {
        self.registry().alive()
    }

    pub fn registry(&self) -> MutexGuard<'_, WaitRegistry> {
        self.registry.lock()
    }
}

/// When the next slot or queue entry of the pool expires.
pub async fn next_expiry(view: &dyn Reads, id: &PoolId, now: i64) -> Result<Option<i64>> {
    let scans = [Table::Slot, Table::PlaceEnd].map(|table| Scan { range: not_ended(table, id, now), limit: 1 });
    let rows = view.scan_many(&scans).await?.into_iter().flatten();
    let expiries: Vec<i64> = rows.map(|row| Ok(end_from(row)?.1)).collect::<Result<_>>()?;
    Ok(expiries.into_iter().min())
}
