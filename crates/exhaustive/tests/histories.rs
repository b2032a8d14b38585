//! All histories up to a bound keep the invariants, and the walk notices the mutants of those that it can violate.

use std::time::Instant;

use rivers_storage::invariant::Invariant;
use rivers_storage_exhaustive::Histories;
use stateright::{Checker, HasDiscoveries, Model};

const CLIENTS: usize = 3;
/// One operation more takes about three times as long.
const OPERATIONS: usize = 6;

/// `RIVERS_HISTORIES=clients,operations` for another bound.
#[test]
fn every_history_keeps_every_invariant() {
    let given = std::env::var("RIVERS_HISTORIES").ok();
    let bound = given.as_ref().map(|given| given.split_once(',').expect("clients,operations"));
    let (clients, operations) = bound.map_or((CLIENTS, OPERATIONS), |(clients, operations)| {
        (clients.parse().expect("how many clients"), operations.parse().expect("how many operations"))
    });
    let started = Instant::now();
    let checker = Histories::new(clients, operations).checker().spawn_bfs().join();
    let (states, steps) = (checker.unique_state_count(), checker.state_count());
    let longest = checker.max_depth() - 1;
    let took = started.elapsed();
    println!("{clients} clients, up to {longest} operations: {states} states by {steps} steps, in {took:.1?}");
    for (name, path) in checker.discoveries() {
        println!("{name}: {:?}: {:?}", path.clone().into_actions(), path.last_state());
    }
    checker.assert_properties();
}

/// Prints the shortest history that violates the check.
fn is_noticed(mutant: Invariant, check: &'static str) {
    let checker = Histories::new(CLIENTS, OPERATIONS).with(mutant).checker();
    let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let path = checker.assert_any_discovery(check);
    println!("{mutant:?}: {:?}", path.into_actions());
}

/// The walk does not check these: they need priorities, native waits, long histories or a model of the queue.
const BEYOND_THE_WALK: [Invariant; 5] = [
    Invariant::NoInversion,
    Invariant::BoundedOvertaking,
    Invariant::NoLostWakeUp,
    Invariant::ExactPosition,
    Invariant::WorkConserving,
];

macro_rules! noticed {
    ($($test:ident: $mutant:ident by $check:ident;)*) => {
        $(
            #[test]
            fn $test() {
                is_noticed(Invariant::$mutant, stringify!($check));
            }
        )*

        #[test]
        fn every_mutant_has_its_test_or_is_beyond_the_walk() {
            let tested = [$(Invariant::$mutant),*];
            for mutant in Invariant::ALL {
                assert_ne!(tested.contains(&mutant), BEYOND_THE_WALK.contains(&mutant), "{mutant:?}");
            }
        }
    };
}

noticed! {
    one_slot_too_many_is_noticed: UseWithinLimit by UseWithinLimit;
    a_token_granted_twice_is_noticed: TokensIncrease by TokensIncrease;
    a_revived_lease_is_noticed: ExpiredStaysDead by ExpiredStaysDead;
    a_release_by_an_old_token_is_noticed: OldTokensChangeNothing by OldTokensChangeNothing;
    a_grant_of_half_a_claim_is_noticed: AllOrNothing by AllOrNothing;
    a_second_grant_of_one_claim_is_noticed: ClaimTwiceIsOneLease by ClaimTwiceIsOneLease;
    a_queue_entry_that_does_not_expire_is_noticed: DeadWaitersVanish by NothingIsLeft;
    an_expired_lease_that_is_shown_is_noticed: ShownIsEnforced by ShownIsEnforced;
}
