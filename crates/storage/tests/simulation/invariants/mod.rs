//! What is promised, each promise in a check of its own.

pub mod claims;
pub mod grants;
pub mod kept;
pub mod leases;
pub mod openings;
pub mod pools;
pub mod releases;
pub mod shown;
pub mod waits;

/// The first thirteen are those of `Invariant`, by the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    UseWithinLimit,
    TokensIncrease,
    ExpiredStaysDead,
    OldTokensChangeNothing,
    AllOrNothing,
    ClaimTwiceIsOneLease,
    NoInversion,
    BoundedOvertaking,
    NoLostWakeUp,
    ExactPosition,
    DeadWaitersVanish,
    ShownIsEnforced,
    WorkConserving,
    /// The counts are those of the rows.
    RightBooks,
    LeasesLastAsAsked,
    LimitsAreAsSet,
    /// A lease changes only by the calls of its step.
    LeasesAreTheirSteps,
    /// A kept lease that says it is live is.
    LiveIsTrue,
    /// A wait that is to end has ended, and has left nothing behind.
    WaitsEnd,
    TimeGoesForward,
    /// Leases and places are after an opening of the store as they were.
    OpeningsChangeNothing,
    /// Nobody waits for ever but those who may.
    NobodyIsStuck,
    /// When everything is over, no row is left of it.
    NothingIsLeft,
    /// Only the documented errors are given.
    RightErrors,
}

/// Something that was promised, and is not so.
#[derive(Clone, Debug)]
pub struct Broken {
    pub promise: Promise,
    pub how: String,
}

/// What the checks found, one after another.
#[derive(Default)]
pub struct Findings(pub Vec<Broken>);

impl Findings {
    pub fn require(&mut self, promise: Promise, holds: bool, how: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Broken { promise, how: how() });
        }
    }
}
