//! Those who wait natively, and whom of them to try when something has changed.
//!
//! Who asks for the same stands in one line: if its first cannot be served, nobody in it can. So a
//! change of a pool calls on the first of each line that names the pool, and on nobody else, however
//! many wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::decide::fits;
use super::model::Grant;
use super::rows::{Pool, PoolId, Rank, StepId, end_from, not_ended, pool_key};
use super::wait::Wait;
use crate::changes::Change;
use crate::error::Result;
use crate::mutant::{self, Mutant};
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

#[derive(Default)]
struct Inside {
    watched: bool,
    waits: BTreeMap<u64, Waiting>,
    by_step: BTreeMap<StepId, Vec<u64>>,
    lines: BTreeMap<Shape, BTreeSet<(Rank, u64)>>,
    pools: BTreeMap<PoolId, Lines>,
    changed: BTreeSet<PoolId>,
    called: BTreeSet<u64>,
}

struct Waiting {
    wait: Weak<Wait>,
    rank: Option<Rank>,
    lease: Told,
}

/// What changes have told of the step's lease.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    Held(Grant),
    Gone,
}

/// The lines that name a pool.
struct Lines {
    shapes: BTreeSet<Shape>,
    /// Nothing in the pool ends before.
    quiet_until: i64,
}

impl Room {
    pub(super) fn enter(&self, wait: &Arc<Wait>) {
        let mut inside = self.inside();
        inside.waits.insert(wait.number, Waiting { wait: Arc::downgrade(wait), rank: None, lease: Told::Nothing });
        inside.by_step.entry(wait.step.clone()).or_default().push(wait.number);
    }

    pub(super) fn leave(&self, wait: &Wait) {
        let mut inside = self.inside();
        inside.stand(wait.number, &wait.shape, None);
        inside.waits.remove(&wait.number);
        inside.called.remove(&wait.number);
        if let Some(numbers) = inside.by_step.get_mut(&wait.step) {
            numbers.retain(|number| *number != wait.number);
            if numbers.is_empty() {
                inside.by_step.remove(&wait.step);
            }
        }
        let empty = inside.waits.is_empty();
        drop(inside);
        if empty {
            self.called.notify_one();
        }
    }

    /// What has become of the lease that the wait was just granted.
    pub(super) fn told(&self, wait: &Wait) -> Told {
        self.inside().waits.get(&wait.number).map_or(Told::Nothing, |waiting| waiting.lease.clone())
    }

    pub(crate) fn note(&self, change: Change) {
        if self.inside().note(change) {
            self.called.notify_one();
        }
    }

    /// Whether the caller is to watch: somebody waits, and nobody watches yet.
    pub(crate) fn take_watch(&self) -> bool {
        let mut inside = self.inside();
        !inside.waits.is_empty() && !std::mem::replace(&mut inside.watched, true)
    }

    /// Whether the watch is over, since nobody waits any more.
    pub(crate) fn end_watch(&self) -> bool {
        let mut inside = self.inside();
        inside.watched = !inside.waits.is_empty();
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
        self.inside().pools.values().map(|lines| lines.quiet_until).min().unwrap_or(i64::MAX)
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
            for wait in self.firsts(records, changed, now).await {
                wait.attempt(false).await;
            }
        }
    }

    async fn firsts(&self, records: &dyn Records, changed: BTreeSet<PoolId>, now: i64) -> Vec<Arc<Wait>> {
        let mut firsts = BTreeSet::new();
        for id in changed {
            // What the look fails with, the tries will tell those who wait.
            let room = self.look(records, &id, now).await.ok().flatten();
            let inside = self.inside();
            for shape in inside.pools.get(&id).into_iter().flat_map(|lines| &lines.shapes) {
                let slots = shape.iter().find(|(pool, _)| *pool == id).map_or(0, |(_, slots)| *slots);
                if room.as_ref().is_none_or(|pool| fits(pool.limit, pool.used, slots)) {
                    firsts.extend(inside.lines.get(shape).and_then(BTreeSet::first));
                }
            }
        }
        let inside = self.inside();
        firsts.into_iter().filter_map(|(_, number)| inside.waits.get(&number)?.wait.upgrade()).collect()
    }

    /// The pool, if its counts are those of the living; and finds out when something ends in it next.
    async fn look(&self, records: &dyn Records, id: &PoolId, now: i64) -> Result<Option<Pool>> {
        let view = records.view().await?;
        let is_due = self.inside().pools.get_mut(id).is_some_and(|lines| {
            let is_due = lines.quiet_until <= now;
            // What is told of from here on counts as well as what is found.
            lines.quiet_until = if is_due { i64::MAX } else { lines.quiet_until };
            is_due
        });
        if is_due {
            let next = next_end(view.as_ref(), id, now).await?.unwrap_or(i64::MAX);
            if let Some(lines) = self.inside().pools.get_mut(id) {
                lines.quiet_until = lines.quiet_until.min(next);
            }
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
        self.inside().waits.values().filter_map(|waiting| waiting.wait.upgrade()).collect()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// Whether there is something to do now.
    fn note(&mut self, change: Change) -> bool {
        match change {
            Change::Pool(_) if mutant::makes(Mutant::NoLostWakeUp) => false,
            Change::Pool(id) => self.pools.contains_key(&id) && self.changed.insert(id),
            Change::Ends { pool, at } => self.pools.get_mut(&pool).is_some_and(|lines| {
                let sooner = at < lines.quiet_until;
                lines.quiet_until = lines.quiet_until.min(at);
                sooner
            }),
            Change::Place { step, rank } => {
                let numbers = self.by_step.get(&step).cloned().unwrap_or_default();
                for number in &numbers {
                    if let Some(wait) = self.waits.get(number).and_then(|waiting| waiting.wait.upgrade()) {
                        self.stand(*number, &wait.shape, rank);
                    }
                }
                // Whoever took the place away meant the wait to end.
                let gone = rank.is_none();
                self.called.extend(numbers.iter().filter(|_| gone));
                !numbers.is_empty()
            }
            Change::Cancelled { run } => {
                let of_run = self.by_step.range(StepId::new(&run, "")..).take_while(|(step, _)| step.run == run);
                let before = self.called.len();
                self.called.extend(of_run.flat_map(|(_, numbers)| numbers));
                self.called.len() > before
            }
            Change::Lease { step, grant } => {
                for number in self.by_step.get(&step).into_iter().flatten() {
                    if let Some(waiting) = self.waits.get_mut(number) {
                        waiting.lease = grant.clone().map_or(Told::Gone, Told::Held);
                    }
                }
                false
            }
        }
    }

    fn stand(&mut self, number: u64, shape: &Shape, rank: Option<Rank>) {
        let Some(waiting) = self.waits.get_mut(&number) else { return };
        if let (Some(before), Some(line)) = (std::mem::replace(&mut waiting.rank, rank), self.lines.get_mut(shape)) {
            line.remove(&(before, number));
        }
        if let Some(rank) = rank {
            self.line_for(shape).insert((rank, number));
        } else if self.lines.get(shape).is_some_and(BTreeSet::is_empty) {
            self.drop_line(shape);
        }
    }

    fn line_for(&mut self, shape: &Shape) -> &mut BTreeSet<(Rank, u64)> {
        if !self.lines.contains_key(shape) {
            for (pool, _) in shape.iter() {
                // Nobody knows yet when something ends in a pool that is new here.
                let lines = self.pools.entry(pool.clone());
                let lines = lines.or_insert_with(|| Lines { shapes: BTreeSet::new(), quiet_until: i64::MIN });
                lines.shapes.insert(Arc::clone(shape));
            }
        }
        self.lines.entry(Arc::clone(shape)).or_default()
    }

    fn drop_line(&mut self, shape: &Shape) {
        self.lines.remove(shape);
        for (pool, _) in shape.iter() {
            if let Some(lines) = self.pools.get_mut(pool) {
                lines.shapes.remove(shape);
                if lines.shapes.is_empty() {
                    self.pools.remove(pool);
                    self.changed.remove(pool);
                }
            }
        }
    }

    /// Whom to ask himself, and the pools that changed or in which something has ended.
    fn take(&mut self, now: i64) -> (Vec<Arc<Wait>>, BTreeSet<PoolId>) {
        let called = std::mem::take(&mut self.called);
        let called = called.iter().filter_map(|number| self.waits.get(number)?.wait.upgrade()).collect();
        let mut changed = std::mem::take(&mut self.changed);
        changed.extend(self.pools.iter().filter(|(_, lines)| lines.quiet_until <= now).map(|(id, _)| id.clone()));
        (called, changed)
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
