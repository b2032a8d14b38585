//! The objects that callers give and get. A struct here is what TypeScript sees, with its
//! documentation; what is behind it at run time is the model that its attribute names.
#![allow(clippy::option_option, reason = "may be left out, and may be null")]

mod acquire;
mod assets;
mod claims;
mod events;
mod list;
mod logs;
mod partitions;
mod pools;
mod runs;
mod schema;
mod staleness;
mod ticks;

pub use acquire::{AbortSignal, AcquireOptions};
pub use claims::{ConcurrencyClaimStatus, FreeOptions, LeaseRef, RenewOptions, SlotClaim, claim_status};
pub use events::{LatestOptions, PruneEventsOptions, StoreEventOptions};
pub use list::{ListOptions, limit_or_default};
pub use pools::{PoolInfo, PoolLimit, PoolLimitOptions, SlotWaiter};
pub use runs::{GetRunsOptions, UpdateRunOptions};
pub use ticks::PruneTicksOptions;
