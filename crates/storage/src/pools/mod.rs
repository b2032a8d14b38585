//! Concurrency pools: limits, claims, leases, and the queues of those who wait.
//!
//! A pool is one row with its counts, which every grant, release and change of the limit rewrites: it
//! is what makes claims of the pool take turns. Beside it are a row per slot, by when it ends, and a
//! row per place in the queue. A lease is one row over all pools of a step.

mod acquire;
mod advance;
mod claim;
pub mod decide;
mod events;
mod info;
mod keeper;
mod ledger;
mod limits;
mod model;
mod release;
mod renew;
mod room;
mod rows;
mod sweep;
mod wait;
mod waiters;
mod waits;
mod weigh;

pub use acquire::Acquire;
pub use keeper::{Keepers, SlotLease};
pub use limits::DEFAULT_LEASE_MS;
pub use model::{
    BlockReason, ClaimStatus, Grant, LeaseRef, MAX_SLOTS, PoolBlock, PoolInfo, PoolLimit, SlotClaim, SlotHolder,
    SlotWaiter,
};
pub(crate) use release::{leave_queues, release_run};
pub use renew::Renewal;
pub(crate) use renew::require_live;
pub use room::Room;
pub(crate) use rows::{PoolId, Rank, StepId};
pub(crate) use sweep::recover;
pub use waits::{Abort, Waits};
