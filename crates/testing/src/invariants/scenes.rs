//! A history, call by call, with who was waiting by then: by what they asked for, and not by what the
//! storage made of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rivers_storage::pools::{ClaimStatus, SlotClaim};

use super::history::{Answer, Call, History, Moment, PoolName, Step};
use super::shown::Shown;

/// A claim that is made, or that waits to be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    pub step: Step,
    pub slots: Vec<(PoolName, i64)>,
    pub priority: i64,
    /// Which call asked first.
    pub since: usize,
    /// When its place is lost, unless it asks again.
    pub until: i64,
    /// How often somebody behind it was granted what leaves less of a pool than it needs, while it was
    /// the head there.
    overtaken: BTreeMap<PoolName, i64>,
}

pub struct Scene<'h> {
    /// The number of the call.
    pub at: usize,
    pub before: &'h Shown,
    pub moment: &'h Moment,
    /// Who waits when the call is made.
    pub asking: Vec<Asking>,
    /// Who claims.
    pub claimant: Option<Asking>,
}

/// The head of a queue, when somebody behind it claims.
pub struct Ahead<'s> {
    pub head: &'s Asking,
    /// Whether it fits now, in all its pools.
    pub fits: bool,
    /// Whether it would fit in this pool once the claim was granted.
    pub fits_afterwards: bool,
    /// Whether it waited long enough for the pool to be kept for it, although it is blocked.
    pub is_patient: bool,
}

/// How often a blocked head is overtaken in a pool before what it needs there is kept for it.
const OVERTAKES: i64 = 32;

impl Asking {
    fn new(location: &str, claim: &SlotClaim, since: usize, now: i64) -> Self {
        let mut slots: Vec<(PoolName, i64)> = Vec::new();
        for (key, weight) in &claim.pools {
            let pool = PoolName::new(location, key);
            match slots.iter_mut().find(|(known, _)| *known == pool) {
                Some((_, sum)) => *sum += weight,
                None => slots.push((pool, *weight)),
            }
        }
        let (step, priority, until) = (Step::of(claim), claim.priority, now + claim.wait_ttl_ms);
        Self { step, slots, priority, since, until, overtaken: BTreeMap::new() }
    }

    /// Ascending is first come, first served.
    pub const fn rank(&self) -> (Reverse<i64>, usize) {
        (Reverse(self.priority), self.since)
    }

    pub fn asks_of(&self, pool: &PoolName) -> Option<i64> {
        self.slots.iter().find(|(named, _)| named == pool).map(|(_, slots)| *slots)
    }

    pub fn could_ever_fit(&self, shown: &Shown) -> bool {
        self.slots.iter().all(|(pool, slots)| shown.could_fit(pool, *slots))
    }

    fn is_in(&self, location: &str) -> bool {
        self.slots.iter().all(|(pool, _)| pool.location == location)
    }

    fn asks_the_same_as(&self, other: &Self) -> bool {
        (&self.slots, self.priority, self.since) == (&other.slots, other.priority, other.since)
    }
}

impl Scene<'_> {
    pub const fn after(&self) -> &Shown {
        &self.moment.shown
    }

    /// What the claim asks for beyond what its step holds already, pool by pool.
    pub fn wanted(&self) -> impl Iterator<Item = (&Asking, &PoolName, i64)> {
        self.claimant.iter().flat_map(move |claimant| {
            claimant.slots.iter().filter_map(move |(pool, slots)| {
                let more = slots - self.before.held(pool, &claimant.step);
                (more > 0).then_some((claimant, pool, more))
            })
        })
    }

    /// The head of the pool's queue, if the claimant is behind it.
    pub fn ahead(&self, claimant: &Asking, pool: &PoolName, more: i64) -> Option<Ahead<'_>> {
        let others = self.asking.iter().filter(|asking| asking.step != claimant.step);
        let eligible =
            others.filter(|asking| self.before.lease(&asking.step).is_none() && asking.could_ever_fit(self.before));
        let head = eligible.filter(|asking| asking.asks_of(pool).is_some()).min_by_key(|asking| asking.rank())?;
        let blocking = head.slots.iter().filter(|(pool, slots)| !self.before.fits(pool, *slots));
        let blocking: Vec<&PoolName> = blocking.map(|(pool, _)| pool).collect();
        let has_waited = |pool: &PoolName| head.overtaken.get(pool).is_some_and(|times| *times >= OVERTAKES);
        let all_have = blocking.iter().all(|pool| has_waited(pool));
        (head.rank() < claimant.rank()).then(|| Ahead {
            head,
            fits: blocking.is_empty(),
            fits_afterwards: self.before.fits(pool, more + head.asks_of(pool).unwrap_or(0)),
            is_patient: has_waited(pool) && (blocking.contains(&pool) || all_have),
        })
    }

    /// Who is overtaken if the claim is granted, and in which pool.
    fn overtakings(&self) -> Vec<(Step, PoolName)> {
        let wanted = self.wanted();
        wanted
            .filter_map(|(claimant, pool, more)| {
                let ahead = self.ahead(claimant, pool, more)?;
                (!ahead.fits_afterwards).then(|| (ahead.head.step.clone(), pool.clone()))
            })
            .collect()
    }

    /// Who waits once the call is answered.
    fn asking_afterwards(&self) -> Vec<Asking> {
        let mut asking = self.asking.clone();
        match (&self.moment.call, &self.moment.answer) {
            (Call::Claim { claim, .. }, Answer::Claim(status)) => {
                if matches!(status, ClaimStatus::Claimed(_)) {
                    for (step, pool) in self.overtakings() {
                        let overtaken = asking.iter_mut().filter(|asking| asking.step == step);
                        overtaken.for_each(|asking| *asking.overtaken.entry(pool.clone()).or_default() += 1);
                    }
                }
                let step = Step::of(claim);
                let known = asking.iter().position(|asking| asking.step == step).map(|at| asking.remove(at));
                if let (ClaimStatus::Pending { .. }, Some(claimant)) = (status, self.claimant.clone()) {
                    let same = known.filter(|known| known.asks_the_same_as(&claimant));
                    let overtaken = same.map_or_else(BTreeMap::new, |known| known.overtaken);
                    asking.push(Asking { overtaken, ..claimant });
                }
            }
            (Call::Free { step, token: None }, _) => asking.retain(|asking| asking.step != *step),
            (Call::FreeRun { run }, _) => asking.retain(|asking| asking.step.run != *run),
            _ => {}
        }
        let shown = self.after();
        asking.retain(|asking| asking.until > shown.now);
        for asking in asking.iter_mut().filter(|asking| !asking.could_ever_fit(shown)) {
            asking.overtaken.clear();
        }
        asking
    }
}

pub fn scenes(history: &History) -> Vec<Scene<'_>> {
    let mut scenes: Vec<Scene<'_>> = Vec::with_capacity(history.moments.len());
    let mut before = &history.start;
    for (at, moment) in history.moments.iter().enumerate() {
        let asking = scenes.last().map_or_else(Vec::new, Scene::asking_afterwards);
        let claimant = match &moment.call {
            Call::Claim { location, claim } => {
                let known = asking.iter().find(|asking| asking.step == Step::of(claim) && asking.is_in(location));
                Some(Asking::new(location, claim, known.map_or(at, |known| known.since), before.now))
            }
            _ => None,
        };
        scenes.push(Scene { at, before, moment, asking, claimant });
        before = &moment.shown;
    }
    scenes
}
