//! Each check notices the mutant of its invariant.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rivers_storage::invariant::{self, Invariant};
use rivers_storage_testing::histories::{Recorder, ops};
use rivers_storage_testing::invariants::{History, check};

use crate::{natives, runtime};

/// The same histories each time.
fn is_noticed(mutant: Invariant, mut history: impl FnMut(&mut TestRunner) -> History) {
    let mut runner = TestRunner::deterministic();
    for case in 0..1000 {
        let history = invariant::breaking(mutant, || history(&mut runner));
        if let Err(violation) = check(mutant, &history) {
            println!("history {case}: {violation}");
            return;
        }
    }
    panic!("{mutant:?} is not noticed");
}

fn polled(runner: &mut TestRunner) -> History {
    let ops = ops().new_tree(runner).unwrap().current();
    runtime().block_on(Recorder::record(&ops))
}

fn native(runner: &mut TestRunner) -> History {
    let ops = natives::ops().new_tree(runner).unwrap().current();
    runtime().block_on(natives::record(&ops))
}

macro_rules! noticed {
    ($($name:ident: $mutant:ident by $history:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                is_noticed(Invariant::$mutant, $history);
            }
        )*

        #[test]
        fn every_mutant_has_its_test() {
            assert_eq!([$(Invariant::$mutant),*], Invariant::ALL);
        }
    };
}

noticed! {
    use_within_limit: UseWithinLimit by polled,
    tokens_increase: TokensIncrease by polled,
    expired_stays_dead: ExpiredStaysDead by polled,
    old_tokens_change_nothing: OldTokensChangeNothing by polled,
    all_or_nothing: AllOrNothing by polled,
    claim_twice_is_one_lease: ClaimTwiceIsOneLease by polled,
    no_inversion: NoInversion by polled,
    bounded_overtaking: BoundedOvertaking by polled,
    no_lost_wake_up: NoLostWakeUp by native,
    exact_position: ExactPosition by polled,
    dead_waiters_vanish: DeadWaitersVanish by polled,
    shown_is_enforced: ShownIsEnforced by polled,
    work_conserving: WorkConserving by polled,
}
