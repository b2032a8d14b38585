//! What no row stores: the grants that ended, the priorities of claims, and overtakings.

use std::collections::{BTreeMap, BTreeSet};

use super::queue::Rank;
use super::state::{PoolName, State, StepName, Waiter};

#[derive(Default)]
pub struct History {
    pub last_token: i64,
    /// Every grant, in the order of its token.
    pub grants: Vec<(StepName, i64)>,
    ended: BTreeSet<(StepName, i64)>,
    /// By waiting step, the priority of its claim.
    priorities: BTreeMap<StepName, i64>,
    overtaken: BTreeMap<(StepName, PoolName), i64>,
}

impl History {
    pub fn has_ended(&self, step: &StepName, token: i64) -> bool {
        self.ended.contains(&(step.clone(), token))
    }

    /// A grant that has ended by now never lives again.
    pub fn mark_ended(&mut self, state: &State, now: i64) {
        let ended = state.leases.iter().filter(|(_, lease)| !lease.is_live(now));
        self.ended.extend(ended.map(|(step, lease)| (step.clone(), lease.token)));
    }

    /// A process that dies loses the time since its last commit: grants that ended only in that time are live again.
    pub fn revive(&mut self, state: &State, now: i64) {
        let live =
            |(step, token): &(StepName, i64)| state.live_lease(step, now).is_some_and(|lease| lease.token == *token);
        self.ended.retain(|grant| !live(grant));
    }

    pub fn granted(&mut self, step: &StepName, token: i64) {
        if token > self.last_token {
            self.last_token = token;
            self.grants.push((step.clone(), token));
        }
    }

    pub fn rank(&self, step: &StepName, waiter: &Waiter) -> Rank {
        let priority = self.priorities.get(step).copied().unwrap_or(0);
        (-priority, waiter.since_micros, waiter.order, step.clone())
    }

    pub fn priority(&self, step: &StepName) -> i64 {
        self.priorities.get(step).copied().unwrap_or(0)
    }

    pub fn asked(&mut self, step: &StepName, priority: i64) {
        // Another rank is another queue entry.
        if self.priorities.insert(step.clone(), priority).is_some_and(|before| before != priority) {
            self.forget_overtakings(step);
        }
    }

    pub fn overtakings(&self, head: &StepName, pool: &PoolName) -> i64 {
        self.overtaken.get(&(head.clone(), pool.clone())).copied().unwrap_or(0)
    }

    pub fn overtook(&mut self, head: StepName, pool: PoolName) {
        *self.overtaken.entry((head, pool)).or_default() += 1;
    }

    fn forget_overtakings(&mut self, step: &StepName) {
        self.overtaken.retain(|(head, _), _| head != step);
    }

    /// A lease that was replaced or removed has ended. The overtakings of a waiter that left, changed its request or
    /// became ineligible are forgotten.
    pub fn advance(&mut self, before: &State, after: &State) {
        for (step, lease) in &before.leases {
            if after.leases.get(step).is_none_or(|now| now.token != lease.token) {
                self.ended.insert((step.clone(), lease.token));
            }
        }
        for (step, waiter) in &before.waiters {
            let same =
                after.waiters.get(step).is_some_and(|now| Waiter { until: waiter.until, ..now.clone() } == *waiter);
            if !same {
                self.forget_overtakings(step);
            }
            if !after.waiters.contains_key(step) {
                self.priorities.remove(step);
            }
        }
    }
}
