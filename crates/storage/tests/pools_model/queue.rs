//! The model's rule of which claim is next.

use std::cmp::Reverse;

use rivers_storage::pools::{BlockReason, PoolBlock};

use super::model::{Model, Slots, Waiter, of};
use rivers_storage_testing::invariants::{PoolName, StepName};

const OVERTAKES: u32 = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Block {
    Full,
    Reserved,
}

/// The decision of one pool about a claim.
enum Decision {
    Free,
    /// The grant overtakes the head.
    Overtakes(StepName),
    Blocks(Block),
}

impl Model {
    fn limit(&self, pool: &PoolName) -> i64 {
        self.pools.get(pool).map_or(0, |pool| pool.slot_limit)
    }

    fn fits(&self, pool: &PoolName, more: i64) -> bool {
        let limit = self.limit(pool);
        limit < 0 || self.used(pool) + more <= limit
    }

    pub fn could_fit(&self, waiter: &Waiter) -> bool {
        waiter.slots.iter().all(|(pool, slots)| self.limit(pool) < 0 || *slots <= self.limit(pool))
    }

    fn held(&self, step: &StepName, pool: &PoolName) -> i64 {
        self.holders.iter().filter(|holder| holder.step == *step).map(|holder| of(&holder.slots, pool)).sum()
    }

    fn holds(&self, step: &StepName) -> bool {
        self.holders.iter().any(|holder| holder.step == *step)
    }

    /// The waiters of the pool, in the order of its queue.
    pub fn queue(&self, pool: &PoolName) -> Vec<&Waiter> {
        let mut queue: Vec<&Waiter> = self.waiters.iter().filter(|waiter| of(&waiter.slots, pool) > 0).collect();
        queue.sort_by_key(|waiter| rank(waiter));
        queue
    }

    /// The head that the claim is behind in this pool: the first waiter that holds nothing and that the limits allow.
    fn head(&self, pool: &PoolName, claimant: &Waiter) -> Option<&Waiter> {
        let others = self.queue(pool).into_iter().filter(|waiter| waiter.step != claimant.step);
        let head = others
            .filter(|waiter| self.could_fit(waiter) && !self.holds(&waiter.step))
            .min_by_key(|waiter| rank(waiter));
        head.filter(|head| rank(head) < rank(claimant))
    }

    fn decide(&self, pool: &PoolName, claimant: &Waiter) -> Decision {
        let more = of(&claimant.slots, pool) - self.held(&claimant.step, pool);
        if more <= 0 {
            return Decision::Free;
        }
        if !self.fits(pool, more) {
            return Decision::Blocks(Block::Full);
        }
        let Some(head) = self.head(pool, claimant) else { return Decision::Free };
        if self.fits(pool, more + of(&head.slots, pool)) {
            return Decision::Free;
        }
        let blocking: Vec<&PoolName> =
            head.slots.iter().filter(|(pool, slots)| !self.fits(pool, *slots)).map(|(pool, _)| pool).collect();
        let has_waited = |pool: &PoolName| head.overtaken.get(pool).is_some_and(|times| *times >= OVERTAKES);
        if blocking.is_empty() {
            Decision::Blocks(Block::Reserved)
        } else if !has_waited(pool) {
            Decision::Overtakes(head.step.clone())
        } else if blocking.contains(&pool) || blocking.into_iter().all(has_waited) {
            Decision::Blocks(Block::Reserved)
        } else {
            Decision::Free
        }
    }

    /// The pools that block the claim, in its order.
    pub fn blocks(&self, claimant: &Waiter) -> Vec<(PoolName, Block)> {
        let decisions = claimant.slots.iter().map(|(pool, _)| (pool.clone(), self.decide(pool, claimant)));
        decisions
            .filter_map(
                |(pool, decision)| if let Decision::Blocks(block) = decision { Some((pool, block)) } else { None },
            )
            .collect()
    }

    pub fn overtaken_by(&self, claimant: &Waiter) -> Vec<(StepName, PoolName)> {
        let decisions = claimant.slots.iter().map(|(pool, _)| (pool.clone(), self.decide(pool, claimant)));
        decisions
            .filter_map(
                |(pool, decision)| if let Decision::Overtakes(step) = decision { Some((step, pool)) } else { None },
            )
            .collect()
    }

    /// A claim that no pool blocks waits for its own next call: the reason is its first pool.
    pub fn reason(&self, claimant: &Waiter, blocks: &[(PoolName, Block)]) -> BlockReason {
        let pools: Slots = match blocks {
            [] => claimant.slots[..1].to_vec(),
            blocks => blocks.iter().map(|(pool, _)| (pool.clone(), of(&claimant.slots, pool))).collect(),
        };
        let exceeds = |(pool, slots): &(PoolName, i64)| self.limit(pool) >= 0 && *slots > self.limit(pool);
        let block = |(pool, _): &(PoolName, i64)| PoolBlock {
            pool_key: pool.key.clone(),
            claimed: self.used(pool) - self.held(&claimant.step, pool),
            limit: self.limit(pool),
        };
        BlockReason {
            unsatisfiable: !blocks.is_empty() && pools.iter().any(exceeds),
            reserved: !blocks.is_empty() && blocks.iter().all(|(_, block)| *block == Block::Reserved),
            pools: pools.iter().map(block).collect(),
        }
    }
}

/// The least is first in the queue.
const fn rank(waiter: &Waiter) -> (Reverse<i64>, u64) {
    (Reverse(waiter.priority), waiter.number)
}
