//! The verdict of each pool on a claim.

use super::super::decide::{Verdict, Want, decide, satisfiable};
use super::super::model::{BlockReason, PoolBlock};
use super::super::pool_tx::PoolTx;
use super::super::rows::{Lease, Pool, PoolId, QueueEntry, Rank, StepId};
use crate::error::Result;
use crate::invariant::{Invariant, is_broken};

/// In the order of the claim.
pub struct Weighed<'c>(Vec<PoolVerdict<'c>>);

struct PoolVerdict<'c> {
    pool: &'c PoolId,
    limit: i64,
    /// Slots held by other steps: those of the step itself do not block it.
    claimed: i64,
    slots: i64,
    verdict: Verdict,
    head: Option<QueueEntry>,
}

pub async fn weigh<'c>(
    pool_tx: &mut PoolTx<'_, '_>,
    step: &StepId,
    pools: &'c [(PoolId, i64)],
    lease: Option<&Lease>,
    rank: Rank,
) -> Result<Weighed<'c>> {
    let mut weights = Vec::with_capacity(pools.len());
    for (pool, slots) in pools {
        let slots = *slots;
        let Pool { mut limit, used, .. } = *pool_tx.known(pool).await?;
        if is_broken(Invariant::UseWithinLimit) && limit >= 0 {
            limit += 1;
        }
        let held = lease.map_or(0, |lease| lease.held(pool));
        let head = if slots > held { pool_tx.head(pool, step, rank).await? } else { None };
        let (place, head) = head.unzip();
        let verdict = match head {
            Some(_) if is_broken(Invariant::WorkConserving) => Verdict::Reserved,
            head => decide(&Want { limit, used, held, slots, head }),
        };
        weights.push(PoolVerdict { pool, limit, claimed: used - held, slots, verdict, head: place });
    }
    Ok(Weighed(weights))
}

impl<'c> Weighed<'c> {
    fn blocking(&self) -> impl Iterator<Item = &PoolVerdict<'c>> {
        self.0.iter().filter(|weight| weight.verdict.blocks())
    }

    pub fn first_that_blocks(&self) -> Option<&'c PoolId> {
        self.blocking().next().map(|weight| weight.pool)
    }

    /// Why the claim must wait; None if it is granted.
    pub fn reason(&self) -> Option<BlockReason> {
        let pools: Vec<PoolBlock> = self.blocking().map(PoolVerdict::block).collect();
        (!pools.is_empty()).then(|| BlockReason {
            pools,
            unsatisfiable: self.blocking().any(|weight| !satisfiable(weight.limit, weight.slots)),
            reserved: self.blocking().all(|weight| weight.verdict == Verdict::Reserved),
        })
    }

    /// The same for a claim in the queue. If it would be granted on its next call, its first pool is shown.
    pub fn reason_to_wait(&self) -> BlockReason {
        self.reason().unwrap_or_else(|| BlockReason {
            pools: self.0.first().map(PoolVerdict::block).into_iter().collect(),
            unsatisfiable: false,
            reserved: false,
        })
    }

    /// All pools of the heads that slots are reserved for.
    pub fn reserved_by(&self) -> Vec<PoolId> {
        let reserved = self.blocking().filter(|weight| weight.verdict == Verdict::Reserved);
        let heads = reserved.filter_map(|weight| Some((&weight.pool.location, weight.head.as_ref()?)));
        heads
            .flat_map(|(location, head)| {
                head.pools.iter().map(|(pool, _)| PoolId { location: location.clone(), pool: pool.clone() })
            })
            .collect()
    }

    /// The heads that a grant overtakes, each with the pool.
    pub fn overtaken(self) -> impl Iterator<Item = (&'c PoolId, QueueEntry)> {
        let overtakes = self.0.into_iter().filter(|weight| weight.verdict == Verdict::Overtakes);
        overtakes.filter_map(|weight| Some((weight.pool, weight.head?)))
    }
}

impl PoolVerdict<'_> {
    fn block(&self) -> PoolBlock {
        PoolBlock { pool_key: self.pool.pool.to_string(), claimed: self.claimed, limit: self.limit }
    }
}
