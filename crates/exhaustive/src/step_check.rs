//! Checks of each step from one state to the next.

use rivers_storage::pools::{ClaimStatus, Renewal};

use rivers_storage::invariant::Invariant;
use rivers_storage_testing::check::Check;
use rivers_storage_testing::histories::TokenChoice;

use crate::shown::{Lease, ShownLeases};
use crate::step::Attempt;
use crate::world::{LEASE_MS, LIMITS};

/// A step, by what is shown before and after it.
pub struct StepCheck<'s> {
    /// The time after the step.
    now: i64,
    before: &'s ShownLeases,
    after: &'s ShownLeases,
    pub violated: Vec<Check>,
}

impl<'s> StepCheck<'s> {
    pub const fn new(now: i64, before: &'s ShownLeases, after: &'s ShownLeases) -> Self {
        Self { now, before, after, violated: Vec::new() }
    }

    pub fn require(&mut self, check: impl Into<Check>, holds: bool) {
        if !holds {
            self.violated.push(check.into());
        }
    }

    fn only_own_lease_changes(&mut self, who: usize) {
        let untouched = (0..3).all(|other| other == who || self.before.leases[other] == self.after.leases[other]);
        self.require(Check::OnlyOwnLeaseChanges, untouched);
    }

    /// After a step that is no claim, renewal or release.
    pub fn only_time_changes(&mut self) {
        let left = self.before.left_at(self.now);
        let revived = (0..3).any(|who| left[who].is_none() && self.after.leases[who].is_some());
        self.require(Invariant::ExpiredStaysDead, !revived);
        self.require(Check::OnlyOwnLeaseChanges, left == self.after.leases);
    }

    pub fn claimed(&mut self, who: usize, slots: [i64; 2], attempt: Attempt, greatest: i64, answer: &ClaimStatus) {
        self.only_own_lease_changes(who);
        let (held, holds) = (&self.before.leases[who], &self.after.leases[who]);
        let ClaimStatus::Claimed(grant) = answer else {
            let keeps = held == holds;
            let has_it_all = held.as_ref().is_some_and(|held| (0..2).all(|pool| slots[pool] <= held.slots[pool]));
            self.require(Invariant::AllOrNothing, keeps);
            return self.require(Invariant::ClaimTwiceIsOneLease, !has_it_all);
        };
        let kept = held.as_ref().map_or([0, 0], |held| held.slots);
        let all = [0, 1].map(|pool| if slots[pool] > 0 { slots[pool] } else { kept[pool] });
        let expires_at = self.now + shortest(slots);
        let is_granted = holds.as_ref().is_some_and(|holds| holds.slots == all && holds.token == grant.token);
        let lasts = holds.as_ref().is_some_and(|holds| holds.expires_at == expires_at);
        let again = held.as_ref().filter(|_| attempt == Attempt::Same).map(|held| held.token);
        let (used, was_used) = (self.after.used(), self.before.used());
        self.require(Invariant::AllOrNothing, is_granted);
        self.require(Check::DoneAsAsked, lasts && grant.expires_at == expires_at);
        match again {
            Some(token) => self.require(Invariant::ClaimTwiceIsOneLease, grant.token == token),
            None => self.require(Invariant::TokensIncrease, grant.token > greatest),
        }
        let within = (0..2).all(|pool| used[pool] <= was_used[pool] || used[pool] <= LIMITS[pool]);
        self.require(Invariant::UseWithinLimit, within);
    }

    pub fn renewed(&mut self, who: usize, token: TokenChoice, answer: Option<Renewal>) {
        self.only_own_lease_changes(who);
        let (held, holds) = (self.before.leases[who].clone(), self.after.leases[who].clone());
        match held {
            Some(held) if token.is_live_or_none() => {
                let expires_at = self.now + shortest(held.slots);
                let slots = held.slots.iter().filter(|slots| **slots > 0).count();
                let done = answer == Some(Renewal { slots, expires_at });
                self.require(Check::DoneAsAsked, done && holds == Some(Lease { expires_at, ..held }));
            }
            None => self.require(Invariant::ExpiredStaysDead, answer.is_none() && holds.is_none()),
            held => self.require(Invariant::OldTokensChangeNothing, answer.is_none() && holds == held),
        }
    }

    pub fn freed(&mut self, who: usize, token: TokenChoice, answer: usize) {
        self.only_own_lease_changes(who);
        let (held, holds) = (&self.before.leases[who], &self.after.leases[who]);
        if !token.is_live_or_none() {
            let nothing = answer == 0 && held == holds && self.before.pending == self.after.pending;
            return self.require(Invariant::OldTokensChangeNothing, nothing);
        }
        let slots = held.as_ref().map_or([0; 2], |held| held.slots);
        let done = answer == slots.iter().filter(|slots| **slots > 0).count() && holds.is_none();
        self.require(Check::DoneAsAsked, done);
    }
}

fn shortest(slots: [i64; 2]) -> i64 {
    let named = LEASE_MS.into_iter().zip(slots).filter(|(_, slots)| *slots > 0);
    named.map(|(lease_ms, _)| lease_ms).min().expect("a pool")
}
