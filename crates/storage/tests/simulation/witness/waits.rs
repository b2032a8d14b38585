//! The native waits that are under way, and the leases that they gave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Weak;

use rivers_storage::pools::SlotLease;

use super::call::{Asked, Call};
use super::state::StepName;

pub struct Wait {
    pub asked: Asked,
    pub deadline: Option<i64>,
    /// Its caller asked it to end.
    pub aborted: bool,
    /// Whoever tries again stays in the place that he has, or that the same step has asked for since.
    stays: bool,
    /// Its caller went away. What was under way for it comes to its end.
    abandoned: bool,
    granted: Option<i64>,
}

#[derive(Default)]
pub struct Waits {
    last: u64,
    under_way: BTreeMap<u64, Wait>,
    /// Steps whose caller went away without waiting for the end.
    abandoned: BTreeSet<StepName>,
    /// Runs whose cancellation was requested.
    cancelled: BTreeSet<String>,
    kept: Vec<Weak<SlotLease>>,
    pub closed: bool,
}

impl Waits {
    pub fn enter(&mut self, asked: Asked, deadline: Option<i64>) -> u64 {
        self.last += 1;
        let wait = Wait { asked, deadline, aborted: false, stays: false, abandoned: false, granted: None };
        self.under_way.insert(self.last, wait);
        self.last
    }

    pub fn abort(&mut self, number: u64) {
        if let Some(wait) = self.under_way.get_mut(&number) {
            wait.aborted = true;
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

    /// When nobody can act: whoever was abandoned has left.
    pub fn forget_abandoned(&mut self) {
        self.under_way.retain(|_, wait| !wait.abandoned);
    }

    pub fn is_abandoned(&self, step: &StepName) -> bool {
        self.abandoned.contains(step)
    }

    pub fn cancel(&mut self, run: &str) {
        self.cancelled.insert(run.to_owned());
    }

    pub fn is_cancelled(&self, step: &StepName) -> bool {
        self.cancelled.contains(&step.run)
    }

    pub fn asked(&self, number: u64) -> Option<&Asked> {
        self.under_way.get(&number).map(|wait| &wait.asked)
    }

    pub fn has_tried(&mut self, number: u64) {
        if let Some(wait) = self.under_way.get_mut(&number) {
            wait.stays = true;
        }
    }

    /// The claim that the call asks for a place with. Only the first try of a wait does.
    pub fn asks<'w>(&'w self, call: Option<&'w Call>) -> Option<&'w Asked> {
        match call? {
            Call::Claim(asked) => Some(asked),
            Call::Acquire(number) => self.under_way.get(number).filter(|wait| !wait.stays).map(|wait| &wait.asked),
            _ => None,
        }
    }

    pub fn of<'w>(&'w self, step: &'w StepName) -> impl Iterator<Item = (u64, &'w Asked)> {
        let all = self.under_way.iter().map(|(number, wait)| (*number, &wait.asked));
        all.filter(move |(_, asked)| asked.step == *step)
    }

    /// Whose caller is still there.
    pub fn all(&self) -> impl Iterator<Item = &Wait> {
        self.under_way.values().filter(|wait| !wait.abandoned)
    }

    pub fn granted(&mut self, number: u64, token: i64) {
        if let Some(wait) = self.under_way.get_mut(&number) {
            wait.granted = Some(token);
        }
    }

    /// What was granted to nobody.
    pub fn abandoned_grants(&self) -> impl Iterator<Item = (&StepName, i64)> {
        let abandoned = self.under_way.values().filter(|wait| wait.abandoned);
        abandoned.filter_map(|wait| Some((&wait.asked.step, wait.granted?)))
    }

    pub fn keep(&mut self, lease: Weak<SlotLease>) {
        self.kept.retain(|kept| kept.strong_count() > 0);
        self.kept.push(lease);
    }

    pub fn kept(&self) -> impl Iterator<Item = std::sync::Arc<SlotLease>> {
        self.kept.iter().filter_map(Weak::upgrade)
    }
}
