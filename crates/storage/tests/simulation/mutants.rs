//! A simulation that does not notice a deliberate mistake proves nothing.

use rivers_storage::invariant::{self, Invariant};

use crate::seeds::SEEDS;
use crate::world::seed::run;

macro_rules! noticed {
    ($($name:ident: $mutant:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            is_noticed(Invariant::$mutant);
        })*

        #[test]
        fn every_mistake_has_its_test() {
            let tested = [$(Invariant::$mutant),*];
            assert!(Invariant::ALL.iter().all(|mutant| tested.contains(mutant)));
        }
    };
}

noticed! {
    a_slot_too_many_is_noticed: UseWithinLimit,
    a_token_that_was_given_before_is_noticed: TokensIncrease,
    an_expired_lease_that_is_revived_is_noticed: ExpiredStaysDead,
    an_old_token_that_frees_is_noticed: OldTokensChangeNothing,
    half_a_grant_is_noticed: AllOrNothing,
    two_grants_for_one_attempt_are_noticed: ClaimTwiceIsOneLease,
    a_priority_that_counts_for_nothing_is_noticed: NoInversion,
    a_head_that_is_overtaken_for_ever_is_noticed: BoundedOvertaking,
    a_change_that_wakes_nobody_is_noticed: NoLostWakeUp,
    a_position_too_good_is_noticed: ExactPosition,
    a_place_that_never_ends_is_noticed: DeadWaitersVanish,
    a_count_of_expired_leases_is_noticed: ShownIsEnforced,
    room_that_nobody_may_use_is_noticed: WorkConserving,
}

/// In one of the seeds at least, by the promise that it is named after.
fn is_noticed(mutant: Invariant) {
    let promise = format!("{mutant:?}");
    let notices = |seed: &u64| {
        let outcome = invariant::breaking(mutant, || run(*seed));
        outcome.broken.iter().any(|broken| format!("{:?}", broken.promise) == promise)
    };
    let first = (0..SEEDS).find(notices);
    println!("{promise}: seed {}", first.expect("a seed that notices it"));
}
