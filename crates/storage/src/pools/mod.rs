//! Concurrency pools: limits, claims, leases, and the queues of pending claims.
//!
//! A pool is one row with its counts. Every grant, release and change of the limit rewrites it, so the claims of a pool
//! are serialised by that row. Beside it are a row for each slot, by its expiry, and a row for each entry in the queue.
//! A lease is one row over all pools of a step.
//!
//! `decide`, `model`, `rows` and `pool_tx`, the pool transaction, are below the wings: `limits`, `leases`, `claims`,
//! and `waiting`, which waits natively until a claim is granted.

pub mod decide;
mod model;
mod rows;
mod tables;
mod changes;
mod pool_tx;
mod fence;
mod recovery;
mod limits;
mod leases;
mod claims;
mod waiting;

pub use crate::slots::MAX_SLOTS;
pub(crate) use claims::ClaimRequest;
pub use claims::{Claimed, HandOn};
pub use leases::Renewal;
pub(crate) use leases::{
    LeaveRequest, ReleaseRequest, ReleaseRunRequest, RenewRequest, SweepRequest, leave_queues, release_run,
};
pub use limits::DEFAULT_LEASE_MS;
pub(crate) use limits::{DeletePoolRequest, SetLimitRequest};
pub use model::{
    BlockReason, ClaimStatus, Grant, LeaseRef, PoolBlock, PoolInfo, PoolLimit, SlotClaim, SlotHolder, SlotWaiter,
};
pub use recovery::{Gone, beat, recover};
pub(crate) use recovery::{RemoveSilentRequest, leave};
pub(crate) use tables::TABLES;
pub(crate) use waiting::WaitService;
pub use waiting::{Acquire, SlotLease, WaitScope};
