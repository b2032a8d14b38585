//! Pools.

use rivers_storage::{Error, Result, pools};
use rivers_storage_node_macros::{input, output};

use super::claims::BlockReason;
use crate::from_js::Duration;
use crate::to_js::count;

/// Options of `setPoolLimit`.
#[input]
#[derive(Default)]
pub struct PoolLimitOptions {
    /// How long a grant lasts if the claim does not say. If omitted it is reset to 5 minutes, also for an existing
    /// pool.
    pub lease_duration: Option<Duration>,
}

/// A pool and its limit.
#[output]
pub struct PoolLimit {
    /// Names the pool within its code location.
    pub pool_key: String,
    /// How many slots may be held at a time. A negative limit means unlimited.
    pub slot_limit: i64,
    /// How long a grant lasts if the claim does not say, in seconds.
    pub lease_duration_secs: f64,
}

impl From<pools::PoolLimit> for PoolLimit {
    fn from(pools::PoolLimit { pool_key, slot_limit, lease_ms }: pools::PoolLimit) -> Self {
        Self { pool_key, slot_limit, lease_duration_secs: seconds(lease_ms) }
    }
}

/// A pool, its limit and its present use.
#[output]
pub struct PoolInfo {
    /// Names the pool within its code location.
    pub pool_key: String,
    /// How many slots may be held at a time. A negative limit means unlimited.
    pub slot_limit: i64,
    /// How long a grant lasts if the claim does not say, in seconds.
    pub lease_duration_secs: f64,
    /// Slots held by live leases.
    pub claimed_count: i64,
    /// Steps in the pool's queue.
    pub pending_count: i64,
}

impl From<pools::PoolInfo> for PoolInfo {
    fn from(pools::PoolInfo { limit, claimed, pending }: pools::PoolInfo) -> Self {
        let PoolLimit { pool_key, slot_limit, lease_duration_secs } = limit.into();
        Self { pool_key, slot_limit, lease_duration_secs, claimed_count: claimed, pending_count: pending }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a lease of 285,000 years is still exact")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// A step that holds slots of a pool.
#[output(pools::SlotHolder)]
pub struct SlotHolder {
    /// The run that holds the slots.
    pub run_id: String,
    /// The step that holds the slots.
    pub step_key: String,
    /// Slots held in this pool.
    pub slots_consumed: i64,
    /// Time of the last successful claim, in milliseconds since the Unix epoch.
    pub claimed_at: i64,
    /// When the lease expires, in milliseconds since the Unix epoch.
    pub lease_expires_at: i64,
    /// Fencing token of the grant.
    pub token: i64,
}

/// A step in the queue of a pool.
#[output]
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
    /// 1-based rank in the pool's queue.
    pub position: u32,
    /// Why it waits. If it would be granted on its next call, its first pool is shown.
    pub reason: BlockReason,
}

impl TryFrom<pools::SlotWaiter> for SlotWaiter {
    type Error = Error;

    fn try_from(waiter: pools::SlotWaiter) -> Result<Self> {
        let pools::SlotWaiter { run_id, step_key, slots, priority, enqueued_at, position, reason } = waiter;
        let (position, reason) = (count(position), BlockReason::new(reason)?);
        Ok(Self { run_id, step_key, slots, priority, enqueued_at, position, reason })
    }
}
