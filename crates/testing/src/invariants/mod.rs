//! What the pools promise, each promise as a check of a recorded history. Nothing here names how the
//! storage keeps them: a check sees what was asked, answered and shown.
#![allow(dead_code, unused_imports)] // each test target uses its own part of it

pub mod history;
mod leases;
mod queues;
pub mod scenes;
pub mod shown;

use std::fmt;

pub use history::{Answer, Call, History, Moment, PoolName, Step};
use scenes::{Scene, scenes};
pub use shown::{PoolShown, Shown, look};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Use never exceeds the limit in force at the grant.
    UseWithinLimit,
    /// Each grant has a token greater than all before it.
    TokensIncrease,
    /// An expired lease never lives again.
    ExpiredStaysDead,
    /// Old tokens change nothing.
    OldTokensChangeNothing,
    /// A claim is granted in all its pools or in none.
    AllOrNothing,
    /// Claiming twice is one lease.
    ClaimTwiceIsOneLease,
    /// Nobody goes before a head that fits, by priority and by who asked first.
    NoInversion,
    /// A blocked head is overtaken a bounded number of times.
    BoundedOvertaking,
    /// Nobody waits natively for what he would be granted.
    NoLostWakeUp,
    /// A position is the place in the queue.
    ExactPosition,
    /// Who does not ask again leaves the queue.
    DeadWaitersVanish,
    /// What is shown is what claims are decided by.
    ShownIsEnforced,
    /// Nobody waits for slots that are free and kept for nobody.
    WorkConserving,
}

/// Where in a history a promise is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub promise: Promise,
    /// The number of the call.
    pub at: usize,
    pub what: String,
}

/// What is wrong with a scene, if anything is.
type Checked = Result<(), String>;

impl Promise {
    pub const ALL: [Self; 13] = [
        Self::UseWithinLimit,
        Self::TokensIncrease,
        Self::ExpiredStaysDead,
        Self::OldTokensChangeNothing,
        Self::AllOrNothing,
        Self::ClaimTwiceIsOneLease,
        Self::NoInversion,
        Self::BoundedOvertaking,
        Self::NoLostWakeUp,
        Self::ExactPosition,
        Self::DeadWaitersVanish,
        Self::ShownIsEnforced,
        Self::WorkConserving,
    ];

    /// Whether the check looks at what is shown only, so that it holds also where grants come without a
    /// call of the one who is granted.
    pub const fn sees_native_waits(self) -> bool {
        use Promise::{ExpiredStaysDead, NoLostWakeUp, ShownIsEnforced, TokensIncrease, UseWithinLimit};
        matches!(self, UseWithinLimit | TokensIncrease | ExpiredStaysDead | NoLostWakeUp | ShownIsEnforced)
    }

    /// Fails with the first breach of the promise in the history.
    pub fn check(self, history: &History) -> Result<(), Breach> {
        let mut check = self.start();
        for scene in scenes(history) {
            check(&scene).map_err(|what| Breach { promise: self, at: scene.at, what })?;
        }
        Ok(())
    }

    /// A check of one scene after the other.
    fn start(self) -> Box<dyn FnMut(&Scene<'_>) -> Checked> {
        match self {
            Self::UseWithinLimit => Box::new(leases::use_is_within_the_limit),
            Self::TokensIncrease => leases::tokens_increase(),
            Self::ExpiredStaysDead => leases::expired_leases_stay_dead(),
            Self::OldTokensChangeNothing => Box::new(leases::old_tokens_change_nothing),
            Self::AllOrNothing => Box::new(leases::all_or_nothing),
            Self::ClaimTwiceIsOneLease => leases::claiming_twice_is_one_lease(),
            Self::NoInversion => Box::new(queues::no_inversion),
            Self::BoundedOvertaking => Box::new(queues::overtaking_is_bounded),
            Self::NoLostWakeUp => Box::new(queues::no_wake_up_is_lost),
            Self::ExactPosition => Box::new(queues::positions_are_exact),
            Self::DeadWaitersVanish => Box::new(queues::dead_waiters_vanish),
            Self::ShownIsEnforced => Box::new(queues::what_is_shown_is_enforced),
            Self::WorkConserving => Box::new(queues::no_slots_lie_idle),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is broken by call {}: {}", self.promise, self.at, self.what)
    }
}

/// Fails with what is wrong.
fn holds(is_so: bool, what: impl FnOnce() -> String) -> Checked {
    if is_so { Ok(()) } else { Err(what()) }
}
