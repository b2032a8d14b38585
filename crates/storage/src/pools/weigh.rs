//! What each pool of a claim says of it, by the books as they are.

use super::decide::{Verdict, Want, decide, satisfiable};
use super::ledger::Ledger;
use super::model::{BlockReason, PoolBlock};
use super::rows::{Lease, Place, Pool, PoolId, Rank, StepId};
use crate::error::Result;
use crate::mutant::{self, Mutant};

/// In the order of the claim.
pub struct Weighed<'c>(Vec<Weight<'c>>);

struct Weight<'c> {
    pool: &'c PoolId,
    limit: i64,
    /// By others: what the step holds itself is in nobody's way.
    claimed: i64,
    slots: i64,
    verdict: Verdict,
    head: Option<Place>,
}

pub async fn weigh<'c>(
    ledger: &mut Ledger<'_, '_>,
    step: &StepId,
    pools: &'c [(PoolId, i64)],
    lease: Option<&Lease>,
    rank: Rank,
) -> Result<Weighed<'c>> {
    let mut weights = Vec::with_capacity(pools.len());
    for (pool, slots) in pools {
        let slots = *slots;
        let Pool { mut limit, used, .. } = *ledger.known(pool).await?;
        if mutant::makes(Mutant::UseWithinLimit) && limit >= 0 {
            limit += 1;
        }
        let held = lease.map_or(0, |lease| lease.held(pool));
        let head = if slots > held { ledger.head(pool, step, rank).await? } else { None };
        let (place, head) = head.unzip();
        let verdict = match head {
            Some(_) if mutant::makes(Mutant::WorkConserving) => Verdict::Reserved,
            head => decide(&Want { limit, used, held, slots, head }),
        };
        weights.push(Weight { pool, limit, claimed: used - held, slots, verdict, head: place });
    }
    Ok(Weighed(weights))
}

impl<'c> Weighed<'c> {
    fn blocking(&self) -> impl Iterator<Item = &Weight<'c>> {
        self.0.iter().filter(|weight| weight.verdict.blocks())
    }

    pub fn first_that_blocks(&self) -> Option<&'c PoolId> {
        self.blocking().next().map(|weight| weight.pool)
    }

    /// Why the claim must wait: None if it need not.
    pub fn reason(&self) -> Option<BlockReason> {
        let pools: Vec<PoolBlock> = self.blocking().map(Weight::block).collect();
        (!pools.is_empty()).then(|| BlockReason {
            pools,
            unsatisfiable: self.blocking().any(|weight| !satisfiable(weight.limit, weight.slots)),
            reserved: self.blocking().all(|weight| weight.verdict == Verdict::Reserved),
        })
    }

    /// The same for somebody who waits: one who would be granted if he asked now is behind nothing but
    /// his own next call.
    pub fn reason_to_wait(&self) -> BlockReason {
        self.reason().unwrap_or_else(|| BlockReason {
            pools: self.0.first().map(Weight::block).into_iter().collect(),
            unsatisfiable: false,
            reserved: false,
        })
    }

    /// All pools of the heads for whom room is kept.
    pub fn kept_by(&self) -> Vec<PoolId> {
        let reserved = self.blocking().filter(|weight| weight.verdict == Verdict::Reserved);
        let heads = reserved.filter_map(|weight| Some((&weight.pool.location, weight.head.as_ref()?)));
        heads
            .flat_map(|(location, head)| {
                head.pools.iter().map(|(pool, _)| PoolId { location: location.clone(), pool: pool.clone() })
            })
            .collect()
    }

    /// Whom a grant overtakes, and in which pool.
    pub fn overtaken(self) -> impl Iterator<Item = (&'c PoolId, Place)> {
        let overtakes = self.0.into_iter().filter(|weight| weight.verdict == Verdict::Overtakes);
        overtakes.filter_map(|weight| Some((weight.pool, weight.head?)))
    }
}

impl Weight<'_> {
    fn block(&self) -> PoolBlock {
        PoolBlock { pool_key: self.pool.pool.to_string(), claimed: self.claimed, limit: self.limit }
    }
}
