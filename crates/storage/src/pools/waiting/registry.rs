//! The native waits of this process, and what commits changed for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use compact_str::CompactString;

use super::super::changes::Change;
use super::super::model::Grant;
use super::super::rows::{PoolId, Rank, StepId};
use super::attempts::Attempts;
use super::lines::{Demand, WaitLines};
use super::wait::Wait;
use crate::invariant::{Invariant, is_broken};

#[derive(Default)]
pub struct WaitRegistry {
    pub watched: bool,
    pub lines: WaitLines,
    pub attempts: Attempts,
    waits: BTreeMap<u64, Waiting>,
    by_step: BTreeMap<StepId, Vec<u64>>,
    called: BTreeSet<u64>,
}

struct Waiting {
    wait: Weak<Wait>,
    rank: Option<Rank>,
    lease: LeaseChange,
}

/// The last change of the step's lease since the wait began.
#[derive(Clone)]
pub enum LeaseChange {
    None,
    /// By this attempt.
    Held(Grant, CompactString),
    Gone,
}

impl WaitRegistry {
    pub fn enter(&mut self, wait: &Arc<Wait>) {
        self.waits.insert(wait.number, Waiting { wait: Arc::downgrade(wait), rank: None, lease: LeaseChange::None });
        self.by_step.entry(wait.step.clone()).or_default().push(wait.number);
    }

    pub fn leave(&mut self, wait: &Wait) {
        self.set_rank(wait.number, &wait.demand, None);
        self.waits.remove(&wait.number);
        self.called.remove(&wait.number);
        if let Some(numbers) = self.by_step.get_mut(&wait.step) {
            numbers.retain(|number| *number != wait.number);
            if numbers.is_empty() {
                self.by_step.remove(&wait.step);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.waits.is_empty()
    }

    pub fn find(&self, number: u64) -> Option<Arc<Wait>> {
        self.waits.get(&number)?.wait.upgrade()
    }

    pub fn alive(&self) -> Vec<Arc<Wait>> {
        self.waits.values().filter_map(|waiting| waiting.wait.upgrade()).collect()
    }

    pub fn lease_change(&self, wait: &Wait) -> LeaseChange {
        self.waits.get(&wait.number).map_or(LeaseChange::None, |waiting| waiting.lease.clone())
    }

    /// Notes the change. True if there are waits to attempt now.
    pub fn on_change(&mut self, change: Change) -> bool {
        match change {
            Change::Pool(_) if is_broken(Invariant::NoLostWakeUp) => false,
            Change::Pool(id) => {
                self.attempts.note(&id);
                self.lines.change(id)
            }
            Change::Expiry { pool, at } => self.lines.expire(&pool, at),
            Change::Waiter { step, rank } => {
                let numbers = self.numbers(&step);
                for number in &numbers {
                    if let Some(wait) = self.find(*number) {
                        self.set_rank(*number, &wait.demand, rank);
                    }
                }
                // A queue entry is removed in order to end the wait.
                let gone = rank.is_none();
                self.called.extend(numbers.iter().filter(|_| gone));
                !numbers.is_empty()
            }
            Change::Cancellation { run } => {
                let of_run = self.by_step.range(StepId::new(&run, "")..).take_while(|(step, _)| step.run == run);
                let before = self.called.len();
                self.called.extend(of_run.flat_map(|(_, numbers)| numbers));
                self.called.len() > before
            }
            Change::Lease { step, grant } => {
                for number in self.by_step.get(&step).into_iter().flatten() {
                    if let Some(waiting) = self.waits.get_mut(number) {
                        waiting.lease = grant
                            .clone()
                            .map_or(LeaseChange::Gone, |(grant, attempt)| LeaseChange::Held(grant, attempt));
                    }
                }
                false
            }
        }
    }

    pub fn suspect_changes(&mut self, all: bool) {
        self.lines.change_all();
        if all {
            self.called.extend(self.waits.keys());
        }
    }

    /// Attempts the waits of the steps next. True if there are any.
    pub fn call<'s>(&mut self, steps: impl Iterator<Item = &'s StepId>) -> bool {
        let numbers: Vec<u64> = steps.flat_map(|step| self.numbers(step)).collect();
        let called = !numbers.is_empty();
        self.called.extend(numbers);
        called
    }

    fn numbers(&self, step: &StepId) -> Vec<u64> {
        self.by_step.get(step).cloned().unwrap_or_default()
    }

    fn set_rank(&mut self, number: u64, demand: &Demand, rank: Option<Rank>) {
        let Some(waiting) = self.waits.get_mut(&number) else { return };
        let before = std::mem::replace(&mut waiting.rank, rank);
        if before == rank {
            return;
        }
        if let Some(rank) = rank {
            self.lines.enter(demand, (rank, number));
        }
        if let Some(before) = before {
            self.lines.leave(demand, (before, number));
        }
    }

    /// The claim of the wait is pending, as decided by an attempt that began at `since`. True if there are waits to
    /// attempt now, because a pool changed between the decision and this call.
    pub fn reserve(&mut self, wait: &Wait, by: &[PoolId], since: u64) -> bool {
        // The first of a line attempts for all of it.
        if self.lines.first(&wait.demand).is_none_or(|(_, first)| first != wait.number) {
            return false;
        }
        let others = by.iter().filter(|pool| wait.demand.iter().all(|(named, _)| named != *pool));
        let others: BTreeSet<PoolId> = others.cloned().collect();
        let changed: Vec<PoolId> =
            others.iter().filter(|pool| self.attempts.has_changed_since(pool, since)).cloned().collect();
        self.lines.reserve(&wait.demand, others);
        let mut called = false;
        for pool in changed {
            called |= self.lines.change(pool);
        }
        called
    }

    /// The waits to attempt one by one, and the pools whose lines to attempt.
    pub fn take(&mut self, now: i64) -> (Vec<Arc<Wait>>, BTreeSet<PoolId>) {
        let called = std::mem::take(&mut self.called);
        let called = called.into_iter().filter_map(|number| self.find(number)).collect();
        (called, self.lines.take_changed(now))
    }
}
