//! Those who wait natively, and whom of them to try when something has changed.
//!
//! Who asks for the same stands in one line: if its first cannot be served, nobody in it can. So a
//! change of a pool calls on the first of each line that names the pool and finds room in all it
//! names, and on nobody else, however many wait. Whether room is kept for a head depends on that
//! head's other pools, too: where it is, their changes call as well.

mod inside;
mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use inside::Inside;
pub(super) use inside::Told;
use tokio::sync::Notify;

use super::decide::fits;
use super::rows::{Pool, PoolId, end_from, not_ended, pool_key};
use super::wait::Wait;
use crate::changes::Change;
use crate::error::Result;
use crate::records::{Direction, Reads, Records, Table};

/// What a claim asks for, whoever makes it.
pub type Shape = Arc<[(PoolId, i64)]>;

pub(super) fn shape_of(pools: impl Iterator<Item = (PoolId, i64)>) -> Shape {
    let mut pools: Vec<_> = pools.collect();
    pools.sort();
    pools.into()
}

/// Later waits have higher ones.
pub(super) fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::SeqCst)
}

#[derive(Default)]
pub struct Room {
    inside: Mutex<Inside>,
    called: Notify,
    /// Held by whoever serves.
    serving: tokio::sync::Mutex<()>,
}

/// Pools as they were found; none whose counts say nothing.
type Seen = BTreeMap<PoolId, Option<Pool>>;

impl Room {
    pub(super) fn enter(&self, wait: &Arc<Wait>) {
        self.inside().enter(wait);
    }

    pub(super) fn leave(&self, wait: &Wait) {
        let mut inside = self.inside();
        inside.leave(wait);
        let empty = inside.is_empty();
        drop(inside);
        if empty {
            self.called.notify_one();
        }
    }

    /// What has become of the lease that the wait was just granted.
    pub(super) fn told(&self, wait: &Wait) -> Told {
        self.inside().told(wait)
    }

    pub(crate) fn note(&self, change: Change) {
        if self.inside().note(change) {
            self.called.notify_one();
        }
    }

    /// Whether the caller is to watch: somebody waits, and nobody watches yet.
    pub(crate) fn take_watch(&self) -> bool {
        let mut inside = self.inside();
        !inside.is_empty() && !std::mem::replace(&mut inside.watched, true)
    }

    /// Whether the watch is over, since nobody waits any more.
    pub(crate) fn end_watch(&self) -> bool {
        let mut inside = self.inside();
        inside.watched = !inside.is_empty();
        !inside.watched
    }

    pub(crate) fn drop_watch(&self) {
        self.inside().watched = false;
    }

    pub(crate) async fn called(&self) {
        self.called.notified().await;
    }

    /// When something ends in a pool that is waited for.
    pub(crate) fn quiet_until(&self) -> i64 {
        self.inside().lines.quiet_until()
    }

    /// Grants what can be granted, until nothing is left to do.
    pub(crate) async fn serve(&self, records: &dyn Records) {
        let _serving = self.serving.lock().await;
        loop {
            let now = records.context().clock.now();
            let (called, changed) = self.inside().take(now);
            if called.is_empty() && changed.is_empty() {
                return;
            }
            for wait in called {
                wait.attempt(false).await;
            }
            for wait in self.firsts(records, &changed, now).await {
                if wait.attempt(false).await {
                    // There is less room now, or another one is first.
                    let mut inside = self.inside();
                    for pool in changed {
                        inside.lines.change(pool);
                    }
                    break;
                }
            }
        }
    }

    /// Of the lines for which there is room, in the order of the queue.
    async fn firsts(&self, records: &dyn Records, changed: &BTreeSet<PoolId>, now: i64) -> Vec<Arc<Wait>> {
        let mut seen = Seen::new();
        for id in changed {
            self.see(records, id, &mut seen, now).await;
        }
        let lines = self.inside().lines.of(changed);
        let mut open = Vec::with_capacity(lines.len());
        for shape in lines {
            if self.has_room(records, &shape, &mut seen, now).await {
                open.push(shape);
            }
        }
        let inside = self.inside();
        let firsts: BTreeSet<_> = open.iter().filter_map(|shape| inside.lines.first(shape)).collect();
        firsts.into_iter().filter_map(|(_, number)| inside.find(number)).collect()
    }

    async fn has_room(&self, records: &dyn Records, shape: &Shape, seen: &mut Seen, now: i64) -> bool {
        let is_full = |(id, slots): &(PoolId, i64), seen: &Seen| {
            seen.get(id).and_then(Option::as_ref).is_some_and(|pool| !fits(pool.limit, pool.used, *slots))
        };
        if shape.iter().any(|wanted| is_full(wanted, seen)) {
            return false;
        }
        for wanted in shape.iter() {
            self.see(records, &wanted.0, seen, now).await;
            if is_full(wanted, seen) {
                return false;
            }
        }
        true
    }

    async fn see(&self, records: &dyn Records, id: &PoolId, seen: &mut Seen, now: i64) {
        if !seen.contains_key(id) {
            // What the look fails with, the tries will tell those who wait.
            let pool = self.look(records, id, now).await.ok().flatten();
            seen.insert(id.clone(), pool);
        }
    }

    /// The pool, if its counts are those of the living; and finds out when something ends in it next.
    async fn look(&self, records: &dyn Records, id: &PoolId, now: i64) -> Result<Option<Pool>> {
        let view = records.view().await?;
        let is_due = self.inside().lines.is_due(id, now);
        if is_due && let Some(next) = next_end(view.as_ref(), id, now).await? {
            self.inside().lines.end(id, next);
        }
        let row = view.get(&pool_key(id)).await?;
        let pool = row.map(|mut row| Pool::from_row(&mut row)).transpose()?;
        Ok(pool.filter(|pool| pool.quiet_until > now))
    }

    /// The next time at which one of them gives up.
    pub(super) fn next_deadline(&self, after: i64) -> Option<i64> {
        self.alive().iter().filter_map(|wait| wait.deadline).filter(|deadline| *deadline > after).min()
    }

    /// For a manual clock: who has waited too long gives up. Whether anybody did.
    pub(super) async fn time_out(&self, now: i64) -> bool {
        let mut late = self.alive();
        late.retain(|wait| wait.deadline.is_some_and(|deadline| deadline <= now));
        late.sort_by_key(|wait| (wait.deadline, wait.number));
        for wait in &late {
            wait.attempt(true).await;
        }
        !late.is_empty()
    }

    fn alive(&self) -> Vec<Arc<Wait>> {
        self.inside().alive()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the next slot, or place in the queue, of the pool ends.
pub(super) async fn next_end(view: &dyn Reads, id: &PoolId, now: i64) -> Result<Option<i64>> {
    let mut next = None;
    for table in [Table::Slot, Table::PlaceEnd] {
        for row in view.scan(&not_ended(table, id, now), Direction::Forward, 1).await? {
            let (_, end) = end_from(row)?;
            next = Some(next.map_or(end, |next: i64| next.min(end)));
        }
    }
    Ok(next)
}
