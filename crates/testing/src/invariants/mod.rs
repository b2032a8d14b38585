//! Checks of the invariants on recorded histories. A check sees what was asked, answered and shown, and not how
//! the storage keeps the invariant.

pub mod history;
mod leases;
mod queues;
pub mod shown;
pub mod transitions;

use std::fmt;

pub use history::{Call, History, Observation, PoolName, Reply, StepName};
use rivers_storage::invariant::Invariant;
pub use shown::{PoolShown, Shown, look};
use transitions::{Transition, transitions};

/// The first call of a history that violates an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub invariant: Invariant,
    /// The number of the call.
    pub at: usize,
    pub what: String,
}

/// What is wrong with a transition, if anything is.
type Checked = Result<(), String>;

/// Checks one transition after the other.
type Checker = Box<dyn FnMut(&Transition<'_>) -> Checked>;

/// Whether the check reads only what is shown, so that it also holds where a native wait is granted without a call.
pub const fn sees_native_waits(invariant: Invariant) -> bool {
    use Invariant::{ExpiredStaysDead, NoLostWakeUp, ShownIsEnforced, TokensIncrease, UseWithinLimit};
    matches!(invariant, UseWithinLimit | TokensIncrease | ExpiredStaysDead | NoLostWakeUp | ShownIsEnforced)
}

pub fn check(invariant: Invariant, history: &History) -> Result<(), Violation> {
    let mut check = checker(invariant);
    for transition in transitions(history) {
        check(&transition).map_err(|what| Violation { invariant, at: transition.at, what })?;
    }
    Ok(())
}

fn checker(invariant: Invariant) -> Checker {
    match invariant {
        Invariant::UseWithinLimit => Box::new(leases::use_is_within_the_limit),
        Invariant::TokensIncrease => leases::tokens_increase(),
        Invariant::ExpiredStaysDead => leases::expired_leases_stay_dead(),
        Invariant::OldTokensChangeNothing => Box::new(leases::old_tokens_change_nothing),
        Invariant::AllOrNothing => Box::new(leases::all_or_nothing),
        Invariant::ClaimTwiceIsOneLease => leases::claiming_twice_is_one_lease(),
        Invariant::NoInversion => Box::new(queues::no_inversion),
        Invariant::BoundedOvertaking => Box::new(queues::overtaking_is_bounded),
        Invariant::NoLostWakeUp => Box::new(queues::no_wake_up_is_lost),
        Invariant::ExactPosition => Box::new(queues::positions_are_exact),
        Invariant::DeadWaitersVanish => Box::new(queues::dead_waiters_vanish),
        Invariant::ShownIsEnforced => Box::new(queues::what_is_shown_is_enforced),
        Invariant::WorkConserving => Box::new(queues::no_slots_lie_idle),
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {} violates {:?}: {}", self.at, self.invariant, self.what)
    }
}

fn require(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}
