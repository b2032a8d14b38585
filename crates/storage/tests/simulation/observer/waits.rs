//! The native waits under way, and the leases that they were granted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Weak;

use rivers_storage::pools::SlotLease;

use super::call::{Asked, Call};
use super::state::StepName;

pub struct Wait {
    pub asked: Asked,
    pub deadline: Option<i64>,
    /// Its caller cancelled it.
    pub cancelled_by_caller: bool,
    /// A later try keeps the queue entry of the step, or the one that the step has asked for since.
    has_tried: bool,
    /// Its caller dropped it. A transaction under way for it still ends.
    abandoned: bool,
    granted: Option<i64>,
}

#[derive(Default)]
pub struct Waits {
    last: u64,
    under_way: BTreeMap<u64, Wait>,
    /// Steps whose wait was dropped.
    abandoned: BTreeSet<StepName>,
    /// Runs whose cancellation was requested.
    cancelled: BTreeSet<String>,
    kept_alive: Vec<Weak<SlotLease>>,
    pub closed: bool,
}

impl Waits {
    pub fn enter(&mut self, asked: Asked, deadline: Option<i64>) -> u64 {
        self.last += 1;
        let wait =
            Wait { asked, deadline, cancelled_by_caller: false, has_tried: false, abandoned: false, granted: None };
        self.under_way.insert(self.last, wait);
        self.last
    }

    pub fn cancel_wait(&mut self, number: u64) {
        if let Some(wait) = self.under_way.get_mut(&number) {
            wait.cancelled_by_caller = true;
        }
    }

    pub fn end(&mut self, number: u64) {
        self.under_way.remove(&number);
    }

    pub fn abandon(&mut self, number: u64) {
        if let Some(wait) = self.under_way.get_mut(&number) {
            wait.abandoned = true;
            self.abandoned.insert(wait.asked.step.clone());
        }
    }

    /// When all tasks are idle, dropped waits have left.
    pub fn forget_abandoned(&mut self) {
        self.under_way.retain(|_, wait| !wait.abandoned);
    }

    pub fn is_abandoned(&self, step: &StepName) -> bool {
        self.abandoned.contains(step)
    }

    pub fn cancel_run(&mut self, run: &str) {
        self.cancelled.insert(run.to_owned());
    }

    pub fn is_cancelled(&self, step: &StepName) -> bool {
        self.cancelled.contains(&step.run)
    }

    pub fn asked(&self, number: u64) -> Option<&Asked> {
        self.under_way.get(&number).map(|wait| &wait.asked)
    }

    pub fn tried(&mut self, number: u64) {
        if let Some(wait) = self.under_way.get_mut(&number) {
            wait.has_tried = true;
        }
    }

    /// The claim that the call puts into queues. Of the tries of a wait, only the first does.
    pub fn asks<'w>(&'w self, call: Option<&'w Call>) -> Option<&'w Asked> {
        match call? {
            Call::Claim(asked) => Some(asked),
            Call::Acquire(number) => self.under_way.get(number).filter(|wait| !wait.has_tried).map(|wait| &wait.asked),
            _ => None,
        }
    }

    pub fn of<'w>(&'w self, step: &'w StepName) -> impl Iterator<Item = (u64, &'w Asked)> {
        let all = self.under_way.iter().map(|(number, wait)| (*number, &wait.asked));
        all.filter(move |(_, asked)| asked.step == *step)
    }

    /// Without those that were dropped.
    pub fn all(&self) -> impl Iterator<Item = &Wait> {
        self.under_way.values().filter(|wait| !wait.abandoned)
    }

    pub fn granted(&mut self, number: u64, token: i64) {
        if let Some(wait) = self.under_way.get_mut(&number) {
            wait.granted = Some(token);
        }
    }

    /// Grants to waits that were dropped.
    pub fn abandoned_grants(&self) -> impl Iterator<Item = (&StepName, i64)> {
        let abandoned = self.under_way.values().filter(|wait| wait.abandoned);
        abandoned.filter_map(|wait| Some((&wait.asked.step, wait.granted?)))
    }

    pub fn keep_alive(&mut self, lease: Weak<SlotLease>) {
        self.kept_alive.retain(|lease| lease.strong_count() > 0);
        self.kept_alive.push(lease);
    }

    pub fn kept_alive(&self) -> impl Iterator<Item = std::sync::Arc<SlotLease>> {
        self.kept_alive.iter().filter_map(Weak::upgrade)
    }
}
