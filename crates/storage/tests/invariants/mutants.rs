//! Each check notices the mistake made against its promise.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rivers_storage::invariant::{self, Invariant};

use crate::{natives, runtime};
use rivers_storage_testing::histories::{Recorder, ops};
use rivers_storage_testing::invariants::{History, Promise};

/// The same histories each time.
fn noticed(promise: Promise, mutant: Invariant, mut history: impl FnMut(&mut TestRunner) -> History) {
    let mut runner = TestRunner::deterministic();
    for case in 0..1000 {
        let history = invariant::breaking(mutant, || history(&mut runner));
        if let Err(breach) = promise.check(&history) {
            println!("history {case}: {breach}");
            return;
        }
    }
    panic!("{promise:?} was kept");
}

fn polled(runner: &mut TestRunner) -> History {
    let ops = ops().new_tree(runner).unwrap().current();
    runtime().block_on(Recorder::record(&ops))
}

#[test]
fn no_lost_wake_up() {
    noticed(Promise::NoLostWakeUp, Invariant::NoLostWakeUp, |runner| {
        let ops = natives::ops().new_tree(runner).unwrap().current();
        runtime().block_on(natives::record(&ops))
    });
}

macro_rules! noticed {
    ($($name:ident: $promise:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            noticed(Promise::$promise, Invariant::$promise, polled);
        }
    )*};
}

noticed! {
    use_within_limit: UseWithinLimit,
    tokens_increase: TokensIncrease,
    expired_stays_dead: ExpiredStaysDead,
    old_tokens_change_nothing: OldTokensChangeNothing,
    all_or_nothing: AllOrNothing,
    claim_twice_is_one_lease: ClaimTwiceIsOneLease,
    no_inversion: NoInversion,
    bounded_overtaking: BoundedOvertaking,
    exact_position: ExactPosition,
    dead_waiters_vanish: DeadWaitersVanish,
    shown_is_enforced: ShownIsEnforced,
    work_conserving: WorkConserving,
}
