//! What a transaction did that somebody in this process waits for or holds.

use crate::pools::{Grant, PoolId, Rank, StepId};

/// Told after the commit, in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The pool's room, queue or limit.
    Pool(PoolId),
    /// Something in the pool ends at this time: a slot, or a place in its queue.
    Ends { pool: PoolId, at: i64 },
    /// The step's lease is this one now, or is gone.
    Lease { step: StepId, grant: Option<Grant> },
    /// The step stands in line here, or no longer.
    Place { step: StepId, rank: Option<Rank> },
    /// Room is kept from the step's claim, by what these pools are like, as long as nothing changes.
    Kept { step: StepId, by: Vec<PoolId> },
    /// The cancellation of the run was requested.
    Cancelled { run: String },
}
