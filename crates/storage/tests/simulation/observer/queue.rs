//! The answer that a claim must get: the rules of docs/concurrency.md, derived from every row.

use super::call::Asked;
use super::history::History;
use super::state::{PoolName, Slots, State, StepName, Waiter};

/// So many times a blocked head may be overtaken in a pool.
const OVERTAKES: i64 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Full,
    /// The slots are reserved for the head, which fits.
    ReservedForHead,
    /// The slots are reserved for a blocked head that was overtaken often enough.
    ReservedForOvertaken,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub pool: PoolName,
    pub slots: i64,
    pub used: i64,
    pub limit: i64,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The heads that are overtaken, and in which pool.
    Granted {
        overtaken: Vec<(StepName, PoolName)>,
    },
    Pending {
        blocked: Vec<Blocked>,
        position: usize,
    },
}

/// The least is first in the queue.
pub type Rank = (i64, i64, i64, StepName);

/// The queues at one time, derived from rows and history.
#[derive(Clone, Copy)]
pub struct Queues<'s> {
    pub state: &'s State,
    pub history: &'s History,
    pub now: i64,
}

impl<'s> Queues<'s> {
    /// None if the claim names an unknown pool.
    pub fn expected(self, asked: &Asked, rank: &Rank) -> Option<Expected> {
        let held = self.state.live_lease(&asked.step, self.now);
        let (mut blocked, mut overtaken) = (Vec::new(), Vec::new());
        for (pool, slots) in &asked.pools {
            let (limit, used) = (self.state.limit(pool)?, self.state.used(pool, self.now));
            let own = held.map_or(0, |lease| lease.held(pool));
            let more = slots - own;
            if more <= 0 {
                continue;
            }
            // Its own slots do not block a step.
            let blocks = |why| Blocked { pool: pool.clone(), slots: *slots, used: used - own, limit, why };
            if !fits(limit, used + more) {
                blocked.push(blocks(Why::Full));
                continue;
            }
            let Some((head, waiter)) = self.head_before(pool, rank) else { continue };
            if fits(limit, used + more + waiter.wants(pool).unwrap_or(0)) {
                continue;
            }
            let blocking: Vec<_> = waiter.pools.iter().filter(|wanted| !self.fits(&vec![(*wanted).clone()])).collect();
            let has_waited = |pool: &PoolName| self.history.overtakings(head, pool) >= OVERTAKES;
            if blocking.is_empty() {
                blocked.push(blocks(Why::ReservedForHead));
            } else if !has_waited(pool) {
                overtaken.push((head.clone(), pool.clone()));
            } else if blocking.iter().any(|(other, _)| other == pool)
                || blocking.iter().all(|(other, _)| has_waited(other))
            {
                blocked.push(blocks(Why::ReservedForOvertaken));
            }
        }
        let Some(first) = blocked.first() else { return Some(Expected::Granted { overtaken }) };
        let ahead = self.queue(&first.pool).into_iter().filter(|(other, _, _)| other < rank && other.3 != rank.3);
        let position = ahead.count() + 1;
        Some(Expected::Pending { blocked, position })
    }

    /// The pool's queue, in its order.
    pub fn queue(self, pool: &PoolName) -> Vec<(Rank, &'s StepName, &'s Waiter)> {
        let waiters = self.state.waiters.iter().filter(|(_, waiter)| waiter.is_live(self.now));
        let waiters = waiters.filter(|(_, waiter)| waiter.wants(pool).is_some());
        let mut queue: Vec<_> = waiters.map(|(step, waiter)| (self.history.rank(step, waiter), step, waiter)).collect();
        queue.sort_by(|one, other| one.0.cmp(&other.0));
        queue
    }

    /// The rank of the step's queue entry.
    pub fn rank_of(self, step: &StepName) -> Option<Rank> {
        let waiter = self.state.waiters.get(step).filter(|waiter| waiter.is_live(self.now))?;
        Some(self.history.rank(step, waiter))
    }

    /// The rank of a claim that is made now.
    pub fn rank_of_claim(self, asked: &Asked, now_micros: i64) -> Rank {
        let waiter = self.state.waiters.get(&asked.step).filter(|waiter| waiter.is_live(self.now));
        match waiter.filter(|waiter| waiter.location == asked.location) {
            Some(waiter) => (-asked.priority, waiter.since_micros, waiter.order, asked.step.clone()),
            None => (-asked.priority, now_micros, i64::MAX, asked.step.clone()),
        }
    }

    /// The first waiter that holds nothing and that the limits allow, if it is ahead of the rank.
    fn head_before(self, pool: &PoolName, rank: &Rank) -> Option<(&'s StepName, &'s Waiter)> {
        let eligible = |step: &StepName, waiter: &Waiter| {
            *step != rank.3 && self.state.live_lease(step, self.now).is_none() && self.could_ever_fit(&waiter.pools)
        };
        let queue = self.queue(pool);
        let (first, step, waiter) = queue.into_iter().find(|(_, step, waiter)| eligible(step, waiter))?;
        (first < *rank).then_some((step, waiter))
    }

    fn could_ever_fit(self, pools: &Slots) -> bool {
        pools.iter().all(|(pool, slots)| self.state.limit(pool).is_some_and(|limit| fits(limit, *slots)))
    }

    fn fits(self, pools: &Slots) -> bool {
        let within = |(pool, slots): &(PoolName, i64)| {
            self.state.limit(pool).is_some_and(|limit| fits(limit, self.state.used(pool, self.now) + slots))
        };
        pools.iter().all(within)
    }
}

pub const fn fits(limit: i64, used: i64) -> bool {
    limit < 0 || used <= limit
}
