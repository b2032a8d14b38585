//! What the operations on pools take and return.

use crate::error::{Error, Result};
use crate::slots::is_weight;

/// A pool and its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLimit {
    /// Names the pool within its code location.
    pub pool_key: String,
    /// How many slots may be held at a time. A negative limit means unlimited.
    pub slot_limit: i64,
    /// How long a grant lasts if the claim does not say, in milliseconds.
    pub lease_ms: i64,
}

/// A pool, its limit and its present use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolInfo {
    /// The limit.
    pub limit: PoolLimit,
    /// Slots held by live leases.
    pub claimed: i64,
    /// Entries in the pool's queue.
    pub pending: i64,
}

/// A step that holds slots of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotHolder {
    /// The run that holds the slots.
    pub run_id: String,
    /// The step that holds the slots.
    pub step_key: String,
    /// Slots held in this pool.
    pub slots_consumed: i64,
    /// When the last claim of the step was granted, in milliseconds since the Unix epoch.
    pub claimed_at: i64,
    /// When the lease expires, in milliseconds since the Unix epoch.
    pub lease_expires_at: i64,
    /// The fencing token of the grant.
    pub token: i64,
}

/// A step in the queue of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotWaiter {
    /// The run that waits.
    pub run_id: String,
    /// The step that waits.
    pub step_key: String,
    /// Slots that it asks for in this pool.
    pub slots: i64,
    /// Higher first.
    pub priority: i64,
    /// Since when it waits, in milliseconds since the Unix epoch. Repeating the claim keeps it.
    pub enqueued_at: i64,
    /// Its rank in the queue of the pool, from 1.
    pub position: usize,
    /// Why it waits. If it would be granted on its next call, its first pool is shown.
    pub reason: BlockReason,
}

/// A claim of slots. A step of a run has at most one lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotClaim {
    /// The run that claims the slots.
    pub run_id: String,
    /// The step that claims the slots.
    pub step_key: String,
    /// The pools with the slots to claim in each, in the order in which a block reason lists them. Slots of a pool that
    /// is named twice add up.
    pub pools: Vec<(String, i64)>,
    /// Higher first; first come, first served among equals.
    pub priority: i64,
    /// How long the grant lasts, in milliseconds. Default: the shortest lease duration of the claimed pools.
    pub lease_ms: Option<i64>,
    /// Which attempt of the step this is. Repeating a claim while its lease lives returns that lease. Another attempt
    /// takes the live lease over, with a new token. Default: the empty text; for a native wait, a generated one.
    pub attempt: Option<String>,
    /// How long a pending claim stays in the queue without being repeated, in milliseconds. It does not apply to a
    /// native wait.
    pub wait_ttl_ms: i64,
}

impl SlotClaim {
    /// 15 seconds.
    pub const DEFAULT_WAIT_TTL_MS: i64 = 15_000;

    /// A claim with default priority, duration and attempt.
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

    /// The pools of the claim, each once, with its weight. Fails with `Code::InvalidArg` if there is none, or a weight
    /// is out of range.
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

/// A pool that blocks a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolBlock {
    /// The pool.
    pub pool_key: String,
    /// Slots that other steps hold in it.
    pub claimed: i64,
    /// Its limit.
    pub limit: i64,
}

/// Why a claim is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockReason {
    /// Every blocking pool, in the order of the claim. Never empty.
    pub pools: Vec<PoolBlock>,
    /// Whether the claim exceeds a limit: it cannot be granted until that limit is raised.
    pub unsatisfiable: bool,
    /// Whether the slots are free, but reserved for a claim ahead in the queue.
    pub reserved: bool,
}

/// A grant of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The fencing token: greater than the token of every earlier grant of the store.
    pub token: i64,
    /// When the lease expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

/// The result of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimStatus {
    /// The slots were granted: the step has a lease.
    Claimed(Grant),
    /// The slots were not granted: the step has an entry in the queue of each pool.
    Pending {
        /// The rank in the queue of the first blocking pool, from 1; 0 for a native wait.
        position: usize,
        /// Why the claim is pending.
        reason: BlockReason,
    },
}

/// Identifies one grant, for fenced calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRef {
    /// The run that holds the slots.
    pub run_id: String,
    /// The step that holds the slots.
    pub step_key: String,
    /// The fencing token of the grant.
    pub token: i64,
}
