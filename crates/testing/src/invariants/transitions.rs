//! A history, call by call, with the claims that were pending before each call: derived from what was asked, and not
//! from the rows of the storage.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rivers_storage::pools::{ClaimStatus, SlotClaim};

use super::history::{Call, History, Observation, PoolName, Reply, StepName};
use super::shown::Shown;

/// A claim that is made, or that was answered as pending and may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingClaim {
    pub step: StepName,
    pub slots: Vec<(PoolName, i64)>,
    pub priority: i64,
    /// The number of the first call.
    pub since: usize,
    /// When it leaves the queue, unless it is repeated.
    pub until: i64,
    /// By pool: grants to claims behind it that left less than it needs, while it was the head there.
    overtaken: BTreeMap<PoolName, i64>,
}

pub struct Transition<'h> {
    /// The number of the call.
    pub at: usize,
    pub before: &'h Shown,
    pub observation: &'h Observation,
    /// The claims that wait when the call is made.
    pub pending: Vec<PendingClaim>,
    /// The claim that is made.
    pub claimant: Option<PendingClaim>,
}

/// The head of a queue, seen from a claim behind it.
pub struct Head<'s> {
    pub claim: &'s PendingClaim,
    /// Whether it fits now, in all its pools.
    pub fits: bool,
    /// Whether it would fit in this pool once the claim was granted.
    pub fits_afterwards: bool,
    /// Whether it was overtaken often enough that slots are reserved for it in the pool, although it is blocked.
    pub is_reserved: bool,
}

/// So many times a blocked head is overtaken in a pool before slots are reserved for it there.
const OVERTAKES: i64 = 32;

impl PendingClaim {
    fn new(location: &str, claim: &SlotClaim, since: usize, now: i64) -> Self {
        let mut slots: Vec<(PoolName, i64)> = Vec::new();
        for (key, weight) in &claim.pools {
            let pool = PoolName::new(location, key);
            match slots.iter_mut().find(|(known, _)| *known == pool) {
                Some((_, sum)) => *sum += weight,
                None => slots.push((pool, *weight)),
            }
        }
        let (step, priority, until) = (StepName::of(claim), claim.priority, now + claim.wait_ttl_ms);
        Self { step, slots, priority, since, until, overtaken: BTreeMap::new() }
    }

    /// The least is first in the queue.
    pub const fn rank(&self) -> (Reverse<i64>, usize) {
        (Reverse(self.priority), self.since)
    }

    pub fn slots_of(&self, pool: &PoolName) -> Option<i64> {
        self.slots.iter().find(|(named, _)| named == pool).map(|(_, slots)| *slots)
    }

    pub fn could_ever_fit(&self, shown: &Shown) -> bool {
        self.slots.iter().all(|(pool, slots)| shown.could_fit(pool, *slots))
    }

    fn is_in(&self, location: &str) -> bool {
        self.slots.iter().all(|(pool, _)| pool.location == location)
    }

    fn is_same_request(&self, other: &Self) -> bool {
        (&self.slots, self.priority, self.since) == (&other.slots, other.priority, other.since)
    }
}

impl Transition<'_> {
    pub const fn after(&self) -> &Shown {
        &self.observation.shown
    }

    /// By pool, the slots that the claim needs beyond those that its step holds.
    pub fn wanted(&self) -> impl Iterator<Item = (&PendingClaim, &PoolName, i64)> {
        self.claimant.iter().flat_map(move |claimant| {
            claimant.slots.iter().filter_map(move |(pool, slots)| {
                let more = slots - self.before.held(pool, &claimant.step);
                (more > 0).then_some((claimant, pool, more))
            })
        })
    }

    /// The head of the pool's queue, if the claimant is behind it.
    pub fn head_before(&self, claimant: &PendingClaim, pool: &PoolName, more: i64) -> Option<Head<'_>> {
        let others = self.pending.iter().filter(|pending| pending.step != claimant.step);
        let eligible =
            others.filter(|pending| self.before.lease(&pending.step).is_none() && pending.could_ever_fit(self.before));
        let head = eligible.filter(|pending| pending.slots_of(pool).is_some()).min_by_key(|pending| pending.rank())?;
        let blocking = head.slots.iter().filter(|(pool, slots)| !self.before.fits(pool, *slots));
        let blocking: Vec<&PoolName> = blocking.map(|(pool, _)| pool).collect();
        let has_waited = |pool: &PoolName| head.overtaken.get(pool).is_some_and(|times| *times >= OVERTAKES);
        let all_have = blocking.iter().all(|pool| has_waited(pool));
        (head.rank() < claimant.rank()).then(|| Head {
            claim: head,
            fits: blocking.is_empty(),
            fits_afterwards: self.before.fits(pool, more + head.slots_of(pool).unwrap_or(0)),
            is_reserved: has_waited(pool) && (blocking.contains(&pool) || all_have),
        })
    }

    /// The heads that a grant of the claim overtakes, and in which pool.
    fn overtakings(&self) -> Vec<(StepName, PoolName)> {
        let wanted = self.wanted();
        wanted
            .filter_map(|(claimant, pool, more)| {
                let head = self.head_before(claimant, pool, more)?;
                (!head.fits_afterwards).then(|| (head.claim.step.clone(), pool.clone()))
            })
            .collect()
    }

    /// The claims that wait once the call is answered.
    fn pending_afterwards(&self) -> Vec<PendingClaim> {
        let mut pending = self.pending.clone();
        match (&self.observation.call, &self.observation.reply) {
            (Call::Claim { claim, .. }, Reply::Claim(status)) => {
                if matches!(status, ClaimStatus::Claimed(_)) {
                    for (step, pool) in self.overtakings() {
                        let overtaken = pending.iter_mut().filter(|pending| pending.step == step);
                        overtaken.for_each(|pending| *pending.overtaken.entry(pool.clone()).or_default() += 1);
                    }
                }
                let step = StepName::of(claim);
                let known = pending.iter().position(|pending| pending.step == step).map(|at| pending.remove(at));
                if let (ClaimStatus::Pending { .. }, Some(claimant)) = (status, self.claimant.clone()) {
                    let same = known.filter(|known| known.is_same_request(&claimant));
                    let overtaken = same.map_or_else(BTreeMap::new, |known| known.overtaken);
                    pending.push(PendingClaim { overtaken, ..claimant });
                }
            }
            (Call::Free { step, token: None }, _) => pending.retain(|pending| pending.step != *step),
            (Call::FreeRun { run }, _) => pending.retain(|pending| pending.step.run != *run),
            _ => {}
        }
        let shown = self.after();
        pending.retain(|pending| pending.until > shown.now);
        for pending in pending.iter_mut().filter(|pending| !pending.could_ever_fit(shown)) {
            pending.overtaken.clear();
        }
        pending
    }
}

pub fn transitions(history: &History) -> Vec<Transition<'_>> {
    let mut transitions: Vec<Transition<'_>> = Vec::with_capacity(history.observations.len());
    let mut before = &history.start;
    for (at, observation) in history.observations.iter().enumerate() {
        let pending = transitions.last().map_or_else(Vec::new, Transition::pending_afterwards);
        let claimant = match &observation.call {
            Call::Claim { location, claim } => {
                let known =
                    pending.iter().find(|pending| pending.step == StepName::of(claim) && pending.is_in(location));
                Some(PendingClaim::new(location, claim, known.map_or(at, |known| known.since), before.now))
            }
            _ => None,
        };
        transitions.push(Transition { at, before, observation, pending, claimant });
        before = &observation.shown;
    }
    transitions
}
