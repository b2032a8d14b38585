//! The simulation notices every mutant.

use rivers_storage::invariant::{self, Invariant};
use rivers_storage_testing::check::Check;

use crate::seeds::SEEDS;
use crate::world::seed::run;

macro_rules! noticed {
    ($($name:ident: $mutant:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            is_noticed(Invariant::$mutant);
        })*

        #[test]
        fn every_mutant_has_its_test() {
            assert_eq!([$(Invariant::$mutant),*], Invariant::ALL);
        }
    };
}

noticed! {
    one_slot_too_many_is_noticed: UseWithinLimit,
    a_token_granted_twice_is_noticed: TokensIncrease,
    a_revived_lease_is_noticed: ExpiredStaysDead,
    a_release_by_an_old_token_is_noticed: OldTokensChangeNothing,
    a_grant_of_half_a_claim_is_noticed: AllOrNothing,
    a_second_grant_of_one_claim_is_noticed: ClaimTwiceIsOneLease,
    a_priority_without_effect_is_noticed: NoInversion,
    a_head_that_is_overtaken_for_ever_is_noticed: BoundedOvertaking,
    a_change_that_wakes_no_wait_is_noticed: NoLostWakeUp,
    a_position_too_low_is_noticed: ExactPosition,
    a_queue_entry_that_does_not_expire_is_noticed: DeadWaitersVanish,
    an_expired_lease_that_is_shown_is_noticed: ShownIsEnforced,
    free_slots_that_no_claim_may_use_are_noticed: WorkConserving,
}

/// By the check of its invariant, in at least one of the seeds.
fn is_noticed(mutant: Invariant) {
    let notices = |seed: &u64| {
        let outcome = invariant::breaking(mutant, || run(*seed));
        outcome.findings.iter().any(|finding| finding.check == Check::Invariant(mutant))
    };
    let first = (0..SEEDS).find(notices);
    println!("{mutant:?}: seed {}", first.expect("a seed that notices it"));
}
