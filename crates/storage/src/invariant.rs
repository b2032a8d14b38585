//! What the pools guarantee in every history.
//!
//! A test of an invariant must fail when the invariant does not hold. A build with the feature `mutants` can therefore
//! break each on purpose: where the code keeps an invariant, it asks [`is_broken`].

/// An invariant, with the mutant that breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Invariant {
    /// Use never exceeds the limit in force at the grant. Mutant: one slot more than the limit is granted.
    UseWithinLimit,
    /// Each grant has a token greater than all before it. Mutant: a grant gets the token of the grant before it.
    TokensIncrease,
    /// An expired lease never lives again. Mutant: a renewal does not check the expiry.
    ExpiredStaysDead,
    /// Old tokens change nothing. Mutant: a release does not compare tokens.
    OldTokensChangeNothing,
    /// A claim is granted in all its pools or in none. Mutant: a grant takes slots in the first pool only.
    AllOrNothing,
    /// Claiming twice is one lease. Mutant: claiming again makes a new grant.
    ClaimTwiceIsOneLease,
    /// No claim goes before a head that fits, by priority and then by time. Mutant: all have the same priority.
    NoInversion,
    /// A blocked head is overtaken a bounded number of times. Mutant: it is overtaken for ever.
    BoundedOvertaking,
    /// No native wait goes on while its claim would be granted. Mutant: a pool that changed calls no wait.
    NoLostWakeUp,
    /// A position is the rank in the queue. Mutant: it does not count ineligible entries.
    ExactPosition,
    /// A pending claim that is not repeated leaves the queue. Mutant: queue entries do not expire.
    DeadWaitersVanish,
    /// What is shown is what claims are decided by. Mutant: what is shown counts expired leases.
    ShownIsEnforced,
    /// No claim waits for slots that are free and reserved for no other. Mutant: no claim goes before a blocked head.
    WorkConserving,
}

impl Invariant {
    /// Every invariant.
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
    static BROKEN: std::cell::Cell<Option<Invariant>> = const { std::cell::Cell::new(None) };
}

/// Whether this thread is to break the invariant.
#[cfg(feature = "mutants")]
pub fn is_broken(invariant: Invariant) -> bool {
    BROKEN.get() == Some(invariant)
}

/// False: no invariant is broken in a build without `mutants`.
#[cfg(not(feature = "mutants"))]
#[expect(clippy::missing_const_for_fn, reason = "its callers could be constant in this build only")]
pub fn is_broken(_: Invariant) -> bool {
    false
}

/// Runs `work` with the invariant broken on this thread.
#[cfg(feature = "mutants")]
pub fn breaking<T>(invariant: Invariant, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Invariant>);
    impl Drop for Restore {
        fn drop(&mut self) {
            BROKEN.set(self.0);
        }
    }
    let _restore = Restore(BROKEN.replace(Some(invariant)));
    work()
}
