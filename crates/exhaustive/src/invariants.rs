//! What is promised of each step from one state to the next.

use rivers_storage::pools::{ClaimStatus, Renewal};

use crate::shown::{Lease, Shown};
use crate::step::{Attempt, Named};
use crate::world::{LEASE_MS, LIMITS};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// What live leases hold of a pool is within its limit when they are granted.
    UseWithinLimit,
    /// The token of a grant is greater than all before it.
    TokensIncrease,
    /// A lease lives on or again only by a grant.
    ExpiredStaysDead,
    /// A renewal or a release with the token of a grant that ended changes nothing.
    OldTokensChangeNothing,
    /// A claim is granted in all its pools, for the time they say, or in none.
    AllOrNothing,
    /// Claiming again is the same lease, and never refused.
    ClaimTwiceIsOneLease,
    /// Renewals and releases do what they were asked for, and their answer says so.
    DoneAsAsked,
    /// Nothing happens to those who did nothing.
    OthersUntouched,
}

/// Of a step, by what was shown before and after it.
pub struct Judge<'s> {
    /// After it.
    now: i64,
    before: &'s Shown,
    after: &'s Shown,
    pub broken: Vec<Promise>,
}

impl<'s> Judge<'s> {
    pub const fn new(now: i64, before: &'s Shown, after: &'s Shown) -> Self {
        Self { now, before, after, broken: Vec::new() }
    }

    pub fn hold(&mut self, promise: Promise, kept: bool) {
        if !kept {
            self.broken.push(promise);
        }
    }

    fn others_untouched(&mut self, who: usize) {
        let untouched = (0..3).all(|other| other == who || self.before.leases[other] == self.after.leases[other]);
        self.hold(Promise::OthersUntouched, untouched);
    }

    /// Of whatever is no claim, renewal or release.
    pub fn nobody_did_anything(&mut self) {
        let left = self.before.at(self.now);
        let revived = (0..3).any(|who| left[who].is_none() && self.after.leases[who].is_some());
        self.hold(Promise::ExpiredStaysDead, !revived);
        self.hold(Promise::OthersUntouched, left == self.after.leases);
    }

    pub fn claimed(&mut self, who: usize, slots: [i64; 2], attempt: Attempt, greatest: i64, answer: &ClaimStatus) {
        self.others_untouched(who);
        let (held, holds) = (&self.before.leases[who], &self.after.leases[who]);
        let ClaimStatus::Claimed(grant) = answer else {
            let keeps = held == holds;
            let has_it_all = held.as_ref().is_some_and(|held| (0..2).all(|pool| slots[pool] <= held.slots[pool]));
            self.hold(Promise::AllOrNothing, keeps);
            return self.hold(Promise::ClaimTwiceIsOneLease, !has_it_all);
        };
        let kept = held.as_ref().map_or([0, 0], |held| held.slots);
        let all = [0, 1].map(|pool| if slots[pool] > 0 { slots[pool] } else { kept[pool] });
        let lasts = shortest(slots);
        let as_claimed = holds.as_ref().is_some_and(|holds| {
            holds.slots == all && holds.expires_at == self.now + lasts && holds.expires_at == grant.expires_at
        });
        let is_shown = holds.as_ref().is_some_and(|holds| holds.token == grant.token);
        let again = held.as_ref().filter(|_| attempt == Attempt::Same).map(|held| held.token);
        let (used, was_used) = (self.after.used(), self.before.used());
        self.hold(Promise::AllOrNothing, as_claimed && is_shown);
        match again {
            Some(token) => self.hold(Promise::ClaimTwiceIsOneLease, grant.token == token),
            None => self.hold(Promise::TokensIncrease, grant.token > greatest),
        }
        let within = (0..2).all(|pool| used[pool] <= was_used[pool] || used[pool] <= LIMITS[pool]);
        self.hold(Promise::UseWithinLimit, within);
    }

    pub fn renewed(&mut self, who: usize, named: Named, answer: Option<Renewal>) {
        self.others_untouched(who);
        let (held, holds) = (self.before.leases[who].clone(), self.after.leases[who].clone());
        match held {
            Some(held) if named != Named::Old => {
                let expires_at = self.now + shortest(held.slots);
                let slots = held.slots.iter().filter(|slots| **slots > 0).count();
                let done = answer == Some(Renewal { slots, expires_at });
                self.hold(Promise::DoneAsAsked, done && holds == Some(Lease { expires_at, ..held }));
            }
            None => self.hold(Promise::ExpiredStaysDead, answer.is_none() && holds.is_none()),
            held => self.hold(Promise::OldTokensChangeNothing, answer.is_none() && holds == held),
        }
    }

    pub fn freed(&mut self, who: usize, named: Named, answer: usize) {
        self.others_untouched(who);
        let (held, holds) = (&self.before.leases[who], &self.after.leases[who]);
        if named == Named::Old {
            let nothing = answer == 0 && held == holds && self.before.pending == self.after.pending;
            return self.hold(Promise::OldTokensChangeNothing, nothing);
        }
        let slots = held.as_ref().map_or([0; 2], |held| held.slots);
        let done = answer == slots.iter().filter(|slots| **slots > 0).count() && holds.is_none();
        self.hold(Promise::DoneAsAsked, done);
    }
}

fn shortest(slots: [i64; 2]) -> i64 {
    let named = LEASE_MS.into_iter().zip(slots).filter(|(_, slots)| *slots > 0);
    named.map(|(lease_ms, _)| lease_ms).min().expect("a pool")
}
