//! What the simulation and the exhaustive walk check: the invariants of the pools, and what only such a run of
//! many calls can check.

use rivers_storage::invariant::Invariant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    Invariant(Invariant),
    /// The counts and index rows equal those recounted from the leases and waiters.
    CountsEqualRows,
    /// Grants, renewals and releases do what was asked, and the answer says so.
    DoneAsAsked,
    /// A call changes no lease but that of its own step.
    OnlyOwnLeaseChanges,
    /// A limit changes only by a call that sets it.
    LimitsAreAsSet,
    /// A lease that is kept alive and says that it is live is live.
    LiveLeaseIsLive,
    /// A wait ends when it times out or is cancelled, and leaves nothing behind.
    WaitsEnd,
    TimeGoesForward,
    /// An opening of the store removes the waits of the process before it, and nothing else.
    OpeningChangesNothing,
    /// Every call is answered, except waits that may go on.
    CallsAreAnswered,
    /// Once every lease and queue entry was released or has expired, no row of them is left.
    NothingIsLeft,
    /// Only documented errors are returned, and only in their case.
    DocumentedErrors,
}

impl From<Invariant> for Check {
    fn from(invariant: Invariant) -> Self {
        Self::Invariant(invariant)
    }
}
