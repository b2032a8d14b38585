//! Deliberate mistakes, one against each promise of the pools: a proof that does not notice them proves
//! nothing. Only a build for tests, with the feature `mutants`, can make them.

/// What is done wrong. Named after the promise that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// One slot more than the limit is granted.
    UseWithinLimit,
    /// A grant gets the token of the grant before it.
    TokensIncrease,
    /// A renewal does not look whether the lease has expired.
    ExpiredStaysDead,
    /// A release does not compare tokens.
    OldTokensChangeNothing,
    /// A grant takes slots in the first pool only.
    AllOrNothing,
    /// Claiming again makes a new grant.
    ClaimTwiceIsOneLease,
    /// Everybody has the same priority.
    NoInversion,
    /// A head may be overtaken for ever.
    BoundedOvertaking,
    /// A pool that changed calls nobody.
    NoLostWakeUp,
    /// A position does not count those who stand aside.
    ExactPosition,
    /// A place in a queue does not end.
    DeadWaitersVanish,
    /// What is shown counts expired leases.
    ShownIsEnforced,
    /// Nobody goes before a blocked head.
    WorkConserving,
}

impl Mutant {
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
}

#[cfg(feature = "mutants")]
thread_local! {
    static MADE: std::cell::Cell<Option<Mutant>> = const { std::cell::Cell::new(None) };
}

/// Whether this mistake is to be made, on this thread.
#[cfg(feature = "mutants")]
pub fn makes(mutant: Mutant) -> bool {
    MADE.get() == Some(mutant)
}

#[cfg(not(feature = "mutants"))]
#[expect(clippy::missing_const_for_fn, reason = "what calls it could be constant in this build only")]
pub fn makes(_: Mutant) -> bool {
    false
}

/// Does the work with the mistake made on this thread.
#[cfg(feature = "mutants")]
pub fn with<T>(mutant: Mutant, work: impl FnOnce() -> T) -> T {
    struct Back(Option<Mutant>);
    impl Drop for Back {
        fn drop(&mut self) {
            MADE.set(self.0);
        }
    }
    let _back = Back(MADE.replace(Some(mutant)));
    work()
}
