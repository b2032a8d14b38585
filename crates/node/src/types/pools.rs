//! Pools.

use rivers_storage::{Error, Result, pools};
use rivers_storage_node_macros::{input, output};

use super::claims::BlockReason;
use crate::from_js::Duration;
use crate::to_js::count;

#[input]
#[derive(Default)]
pub struct PoolLimitOptions {
    /// How long a claim holds its slots unless it says so itself. Default '5m', on every call.
    pub lease_duration: Option<Duration>,
}

#[output]
pub struct PoolLimit {
    pub pool_key: String,
    /// Any negative number: unlimited.
    pub slot_limit: i64,
    pub lease_duration_secs: f64,
}

impl From<pools::PoolLimit> for PoolLimit {
    fn from(pools::PoolLimit { pool_key, slot_limit, lease_ms }: pools::PoolLimit) -> Self {
        Self { pool_key, slot_limit, lease_duration_secs: seconds(lease_ms) }
    }
}

/// A pool and its use, now.
#[output]
pub struct PoolInfo {
    pub pool_key: String,
    /// Any negative number: unlimited.
    pub slot_limit: i64,
    pub lease_duration_secs: f64,
    /// Slots of live leases.
    pub claimed_count: i64,
    /// Waiters that name the pool.
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

/// Who holds slots of a pool.
#[output(pools::SlotHolder)]
pub struct SlotHolder {
    pub run_id: String,
    pub step_key: String,
    pub slots_consumed: i64,
    /// When it was last claimed.
    pub claimed_at: i64,
    pub lease_expires_at: i64,
    pub token: i64,
}

/// Somebody whose claim is pending.
#[output]
pub struct SlotWaiter {
    pub run_id: String,
    pub step_key: String,
    /// Of this pool.
    pub slots: i64,
    pub priority: i64,
    /// When it was first pending.
    pub enqueued_at: i64,
    /// 1-based rank in the pool's queue.
    pub position: u32,
    /// What blocks it now, in whichever of its pools. One who would be granted by asking now is shown with the first of
    /// them.
    pub reason: BlockReason,
}

impl TryFrom<pools::SlotWaiter> for SlotWaiter {
    type Error = Error;

    fn try_from(waiter: pools::SlotWaiter) -> Result<Self> {
        let pools::SlotWaiter { run_id, step_key, slots, priority, enqueued_at, position, reason } = waiter;
        let reason = BlockReason::new(reason).ok_or_else(|| Error::internal("a waiter without a reason"))?;
        Ok(Self { run_id, step_key, slots, priority, enqueued_at, position: count(position), reason })
    }
}
