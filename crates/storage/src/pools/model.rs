//! What goes into the operations on pools, and what comes out.

use crate::error::{Error, Result};
use crate::slots::is_weight;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLimit {
    pub pool_key: String,
    /// A negative limit means unlimited.
    pub slot_limit: i64,
    pub lease_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolInfo {
    pub limit: PoolLimit,
    /// Slots of live leases.
    pub claimed: i64,
    /// Waiters that name the pool.
    pub pending: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotHolder {
    pub run_id: String,
    pub step_key: String,
    pub slots_consumed: i64,
    pub claimed_at: i64,
    pub lease_expires_at: i64,
    pub token: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotWaiter {
    pub run_id: String,
    pub step_key: String,
    pub slots: i64,
    pub priority: i64,
    pub enqueued_at: i64,
    /// 1-based.
    pub position: usize,
    pub reason: BlockReason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotClaim {
    pub run_id: String,
    pub step_key: String,
    /// In the order of the claim; a pool named twice adds up.
    pub pools: Vec<(String, i64)>,
    pub priority: i64,
    /// Default: the shortest among the claimed pools.
    pub lease_ms: Option<i64>,
    /// Default: the empty one; for a wait, a new one.
    pub attempt: Option<String>,
    pub wait_ttl_ms: i64,
}

impl SlotClaim {
    pub const DEFAULT_WAIT_TTL_MS: i64 = 15_000;

    pub fn new(run_id: &str, step_key: &str, pools: &[(&str, i64)]) -> Self {
        Self {
            run_id: run_id.to_owned(),
            step_key: step_key.to_owned(),
            pools: pools.iter().map(|(pool, slots)| ((*pool).to_owned(), *slots)).collect(),
            priority: 0,
            lease_ms: None,
            attempt: None,
            wait_ttl_ms: Self::DEFAULT_WAIT_TTL_MS,
        }
    }

    /// The pools, each once, with its weight.
    pub(super) fn merged(&self) -> Result<Vec<(String, i64)>> {
        if self.pools.is_empty() {
            return Err(Error::invalid("claim.pools", "none", "at least one pool"));
        }
        let mut merged: Vec<(String, i64)> = Vec::with_capacity(self.pools.len());
        for (pool, slots) in &self.pools {
            weight(pool, *slots)?;
            match merged.iter_mut().find(|(known, _)| known == pool) {
                Some((_, sum)) => *sum = weight(pool, *sum + slots)?,
                None => merged.push((pool.clone(), *slots)),
            }
        }
        Ok(merged)
    }
}

fn weight(pool: &str, slots: i64) -> Result<i64> {
    if is_weight(slots) {
        return Ok(slots);
    }
    Err(Error::invalid(&format!("claim.pools['{pool}']"), slots, "a weight of 1 to 2147483647"))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolBlock {
    pub pool_key: String,
    pub claimed: i64,
    pub limit: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockReason {
    /// Every pool that blocks, in the order of the claim; never empty.
    pub pools: Vec<PoolBlock>,
    /// Some weight exceeds its limit outright.
    pub unsatisfiable: bool,
    /// Slots are free, but they are reserved for a step ahead in the queue.
    pub reserved: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub token: i64,
    pub expires_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimStatus {
    Claimed(Grant),
    Pending {
        /// 1-based, in the queue of the first blocking pool; 0 for a native wait.
        position: usize,
        reason: BlockReason,
    },
}

/// Names one grant, for fenced calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRef {
    pub run_id: String,
    pub step_key: String,
    pub token: i64,
}
