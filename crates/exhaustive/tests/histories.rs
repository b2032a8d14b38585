//! All histories up to a bound keep every promise, and a storage that breaks one is found out.

use std::time::Instant;

use rivers_storage::invariant::Invariant;
use rivers_storage_exhaustive::Histories;
use stateright::{Checker, HasDiscoveries, Model};

const CLAIMERS: usize = 3;
/// Each more takes about three times as long.
const OPERATIONS: usize = 6;

/// `RIVERS_HISTORIES=claimers,operations` for another bound.
#[test]
fn every_history_keeps_every_promise() {
    let given = std::env::var("RIVERS_HISTORIES").ok();
    let bound = given.as_ref().map(|given| given.split_once(',').expect("claimers,operations"));
    let (claimers, operations) = bound.map_or((CLAIMERS, OPERATIONS), |(claimers, operations)| {
        (claimers.parse().expect("how many claimers"), operations.parse().expect("how many operations"))
    });
    let started = Instant::now();
    let checker = Histories::of(claimers, operations).checker().spawn_bfs().join();
    let (states, steps) = (checker.unique_state_count(), checker.state_count());
    let longest = checker.max_depth() - 1;
    let took = started.elapsed();
    println!("{claimers} claimers, up to {longest} operations: {states} states by {steps} steps, in {took:.1?}");
    for (name, path) in checker.discoveries() {
        println!("{name}: {:?}: {:?}", path.clone().into_actions(), path.last_state());
    }
    checker.assert_properties();
}

/// Which promise is found broken, and by how few operations.
fn finds(mistake: Invariant, promise: &'static str) {
    let checker = Histories::of(CLAIMERS, OPERATIONS).with(mistake).checker();
    let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let path = checker.assert_any_discovery(promise);
    println!("{mistake:?}: {:?}", path.into_actions());
}

macro_rules! mistakes {
    ($($test:ident: $mistake:ident breaks $promise:ident;)*) => {$(
        #[test]
        fn $test() {
            finds(Invariant::$mistake, stringify!($promise));
        }
    )*};
}

mistakes! {
    one_slot_too_many_is_found: UseWithinLimit breaks UseWithinLimit;
    a_token_given_twice_is_found: TokensIncrease breaks TokensIncrease;
    a_revived_lease_is_found: ExpiredStaysDead breaks ExpiredStaysDead;
    a_release_by_an_old_token_is_found: OldTokensChangeNothing breaks OldTokensChangeNothing;
    a_grant_of_half_a_claim_is_found: AllOrNothing breaks AllOrNothing;
    a_second_grant_of_one_claim_is_found: ClaimTwiceIsOneLease breaks ClaimTwiceIsOneLease;
    a_place_that_does_not_end_is_found: DeadWaitersVanish breaks DrainsToZero;
    an_expired_lease_that_is_shown_is_found: ShownIsEnforced breaks ShownIsEnforced;
}
