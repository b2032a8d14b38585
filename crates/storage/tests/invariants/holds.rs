//! Each promise over random histories. `PROPTEST_CASES` makes them more.

use proptest::prelude::*;

use crate::{natives, runtime};
use rivers_storage_testing::histories::{Recorder, config, ops};
use rivers_storage_testing::invariants::Promise;

macro_rules! promises {
    ($($name:ident: $promise:ident),* $(,)?) => {
        proptest! {
            #![proptest_config(config(128))]
            $(
                #[test]
                fn $name(ops in ops()) {
                    let history = runtime().block_on(Recorder::record(&ops));
                    let kept = Promise::$promise.check(&history);
                    prop_assert!(kept.is_ok(), "{}", kept.unwrap_err());
                }
            )*
        }
    };
}

promises! {
    use_never_exceeds_the_limit_in_force_at_the_grant: UseWithinLimit,
    tokens_increase: TokensIncrease,
    an_expired_lease_never_lives_again: ExpiredStaysDead,
    old_tokens_change_nothing: OldTokensChangeNothing,
    a_claim_is_granted_in_all_its_pools_or_in_none: AllOrNothing,
    claiming_twice_is_one_lease: ClaimTwiceIsOneLease,
    nobody_goes_before_a_head_that_fits: NoInversion,
    a_blocked_head_is_overtaken_a_bounded_number_of_times: BoundedOvertaking,
    a_position_is_the_place_in_the_queue: ExactPosition,
    who_does_not_ask_again_leaves_the_queue: DeadWaitersVanish,
    what_is_shown_is_what_is_enforced: ShownIsEnforced,
    nobody_waits_for_slots_that_are_free_and_kept_for_nobody: WorkConserving,
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn no_wake_up_is_lost_and_nothing_else_beside_those_who_wait_natively(ops in natives::ops()) {
        let history = runtime().block_on(natives::record(&ops));
        for promise in Promise::ALL {
            if promise.sees_native_waits() {
                let kept = promise.check(&history);
                prop_assert!(kept.is_ok(), "{}", kept.unwrap_err());
            }
        }
    }
}
