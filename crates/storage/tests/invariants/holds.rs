//! Each invariant over random histories. `PROPTEST_CASES` makes them more.

use proptest::prelude::*;
use rivers_storage::invariant::Invariant;
use rivers_storage_testing::histories::{Recorder, config, ops};
use rivers_storage_testing::invariants::{check, sees_native_waits};

use crate::{natives, runtime};

macro_rules! invariants {
    ($($name:ident: $invariant:ident),* $(,)?) => {
        proptest! {
            #![proptest_config(config(128))]
            $(
                #[test]
                fn $name(ops in ops()) {
                    let history = runtime().block_on(Recorder::record(&ops));
                    let checked = check(Invariant::$invariant, &history);
                    prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
                }
            )*
        }

        #[test]
        fn every_invariant_has_its_test() {
            let tested = [$(Invariant::$invariant),*];
            // Only native waits can lose a wake-up: that check has the test below.
            let polled = Invariant::ALL.into_iter().filter(|invariant| *invariant != Invariant::NoLostWakeUp);
            assert_eq!(tested.to_vec(), polled.collect::<Vec<_>>());
            assert!(sees_native_waits(Invariant::NoLostWakeUp));
        }
    };
}

invariants! {
    use_never_exceeds_the_limit_in_force_at_the_grant: UseWithinLimit,
    tokens_increase: TokensIncrease,
    an_expired_lease_never_lives_again: ExpiredStaysDead,
    old_tokens_change_nothing: OldTokensChangeNothing,
    a_claim_is_granted_in_all_its_pools_or_in_none: AllOrNothing,
    claiming_twice_is_one_lease: ClaimTwiceIsOneLease,
    no_claim_goes_before_a_head_that_fits: NoInversion,
    a_blocked_head_is_overtaken_a_bounded_number_of_times: BoundedOvertaking,
    a_position_is_the_place_in_the_queue: ExactPosition,
    a_claim_that_is_not_repeated_leaves_the_queue: DeadWaitersVanish,
    what_is_shown_is_what_is_enforced: ShownIsEnforced,
    no_claim_waits_for_free_slots_that_are_not_reserved: WorkConserving,
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn native_waits_lose_no_wake_up_and_violate_no_invariant(ops in natives::ops()) {
        let history = runtime().block_on(natives::record(&ops));
        for invariant in Invariant::ALL.into_iter().filter(|invariant| sees_native_waits(*invariant)) {
            let checked = check(invariant, &history);
            prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
        }
    }
}
