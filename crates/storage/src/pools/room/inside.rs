//! Who waits natively, and what changes have told of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use super::super::model::Grant;
use super::super::rows::{PoolId, Rank, StepId};
use super::super::wait::Wait;
use super::Shape;
use super::lines::Lines;
use crate::changes::Change;
use crate::mutant::{self, Mutant};

#[derive(Default)]
pub struct Inside {
    pub watched: bool,
    pub lines: Lines,
    waits: BTreeMap<u64, Waiting>,
    by_step: BTreeMap<StepId, Vec<u64>>,
    called: BTreeSet<u64>,
}

struct Waiting {
    wait: Weak<Wait>,
    rank: Option<Rank>,
    lease: Told,
}

/// What changes have told of the step's lease.
#[derive(Clone)]
pub enum Told {
    Nothing,
    Held(Grant),
    Gone,
}

impl Inside {
    pub fn enter(&mut self, wait: &Arc<Wait>) {
        self.waits.insert(wait.number, Waiting { wait: Arc::downgrade(wait), rank: None, lease: Told::Nothing });
        self.by_step.entry(wait.step.clone()).or_default().push(wait.number);
    }

    pub fn leave(&mut self, wait: &Wait) {
        self.stand(wait.number, &wait.shape, None);
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

    /// What has become of the lease that the wait was just granted.
    pub fn told(&self, wait: &Wait) -> Told {
        self.waits.get(&wait.number).map_or(Told::Nothing, |waiting| waiting.lease.clone())
    }

    /// Whether there is something to do now.
    pub fn note(&mut self, change: Change) -> bool {
        match change {
            Change::Pool(_) if mutant::makes(Mutant::NoLostWakeUp) => false,
            Change::Pool(id) => self.lines.change(id),
            Change::Ends { pool, at } => self.lines.end(&pool, at),
            Change::Place { step, rank } => {
                let numbers = self.numbers(&step);
                for number in &numbers {
                    if let Some(wait) = self.find(*number) {
                        self.stand(*number, &wait.shape, rank);
                    }
                }
                // Whoever took the place away meant the wait to end.
                let gone = rank.is_none();
                self.called.extend(numbers.iter().filter(|_| gone));
                !numbers.is_empty()
            }
            Change::Kept { step, by } => {
                for number in self.numbers(&step) {
                    if let Some(wait) = self.find(number) {
                        self.keep(number, &wait.shape, &by);
                    }
                }
                false
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

    fn numbers(&self, step: &StepId) -> Vec<u64> {
        self.by_step.get(step).cloned().unwrap_or_default()
    }

    fn stand(&mut self, number: u64, shape: &Shape, rank: Option<Rank>) {
        let Some(waiting) = self.waits.get_mut(&number) else { return };
        let before = std::mem::replace(&mut waiting.rank, rank);
        if before == rank {
            return;
        }
        if let Some(rank) = rank {
            self.lines.enter(shape, (rank, number));
        }
        if let Some(before) = before {
            self.lines.leave(shape, (before, number));
        }
    }

    /// The first of a line asks for all of it.
    fn keep(&mut self, number: u64, shape: &Shape, by: &[PoolId]) {
        if self.lines.first(shape).is_some_and(|(_, first)| first == number) {
            let others = by.iter().filter(|pool| shape.iter().all(|(named, _)| named != *pool));
            self.lines.keep(shape, others.cloned().collect());
        }
    }

    /// Whom to ask himself, and the pools that changed or in which something has ended.
    pub fn take(&mut self, now: i64) -> (Vec<Arc<Wait>>, BTreeSet<PoolId>) {
        let called = std::mem::take(&mut self.called);
        let called = called.into_iter().filter_map(|number| self.find(number)).collect();
        (called, self.lines.take_changed(now))
    }
}
