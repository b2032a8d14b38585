//! Whose turn it is, one case a test: heads that are blocked, kept for, displaced and gone.

use rivers_storage::Code;
use rivers_storage::pools::{Acquire, BlockReason, ClaimStatus, PoolBlock, SlotClaim, SlotLease};
use rivers_storage_testing::{Storage, code, store};
use tokio_util::sync::CancellationToken;

fn claim(run: &str, pools: &[(&str, i64)]) -> SlotClaim {
    SlotClaim { wait_ttl_ms: 1000, ..SlotClaim::new(run, "s", pools) }
}

async fn ask(store: &Storage, claim: SlotClaim) -> ClaimStatus {
    store.claim_concurrency_slots(claim).await.expect("claims")
}

async fn granted(store: &Storage, claim: SlotClaim) {
    let status = ask(store, claim).await;
    assert!(matches!(status, ClaimStatus::Claimed(_)), "{status:?}");
}

async fn pending(store: &Storage, claim: SlotClaim) -> (usize, BlockReason) {
    match ask(store, claim).await {
        ClaimStatus::Pending { position, reason } => (position, reason),
        claimed @ ClaimStatus::Claimed(_) => panic!("{claimed:?}"),
    }
}

async fn reserved(store: &Storage, claim: SlotClaim) {
    let (_, reason) = pending(store, claim).await;
    assert!(reason.reserved, "{reason:?}");
}

/// Slots claimed, and how many wait.
async fn counts(store: &Storage, pool: &str) -> (i64, i64) {
    let info = store.get_pool_info(pool).await.expect("info");
    (info.claimed, info.pending)
}

async fn free(store: &Storage, run: &str) {
    store.free_concurrency_slots(run, "s", None).await.expect("frees");
}

async fn limit(store: &Storage, pool: &str, limit: i64) {
    store.set_pool_limit(pool, limit, None).await.expect("sets the limit");
}

/// How often a small claim passes until slots are reserved; tried a hundred times.
async fn passes(store: &Storage, pool: &str) -> usize {
    for times in 0..100 {
        let status = ask(store, claim("small", &[(pool, 1)])).await;
        free(store, "small").await;
        if let ClaimStatus::Pending { reason, .. } = status {
            assert!(reason.reserved, "{reason:?}");
            return times;
        }
    }
    100
}

async fn pass(store: &Storage, pool: &str, times: usize) {
    for _ in 0..times {
        granted(store, claim("small", &[(pool, 1)])).await;
        free(store, "small").await;
    }
}

async fn order(store: &Storage, pool: &str) -> Vec<String> {
    store.get_pool_waiters(pool).await.expect("waiters").into_iter().map(|waiter| waiter.run_id).collect()
}

/// Two slots, of which one is held: 'wide' waits for both.
async fn blocked() -> Storage {
    let (_, store) = store().await;
    limit(&store, "db", 2).await;
    granted(&store, claim("holder", &[("db", 1)])).await;
    pending(&store, claim("wide", &[("db", 2)])).await;
    store
}

#[tokio::test]
async fn a_head_that_exceeds_a_lowered_limit_is_no_head_until_it_is_raised() {
    let store = blocked().await;
    assert_eq!(passes(&store, "db").await, 32);
    limit(&store, "db", 1).await;
    assert_eq!(pending(&store, claim("next", &[("db", 1)])).await.0, 2, "it keeps its place all the same");
    let (position, reason) = pending(&store, claim("wide", &[("db", 2)])).await;
    assert_eq!((position, reason.unsatisfiable, reason.reserved), (1, true, false));
    free(&store, "holder").await;
    reserved(&store, claim("small", &[("db", 1)])).await;
    granted(&store, claim("next", &[("db", 1)])).await;
    limit(&store, "db", 2).await;
    assert_eq!(order(&store, "db").await, ["wide", "small"]);
    assert_eq!(passes(&store, "db").await, 32, "it is overtaken as often as one who just came");
}

#[tokio::test]
async fn what_is_kept_for_a_head_stays_kept_when_the_limit_is_lowered_and_it_still_fits_under_it() {
    let (_, store) = store().await;
    limit(&store, "db", 3).await;
    granted(&store, claim("holder", &[("db", 2)])).await;
    pending(&store, claim("wide", &[("db", 2)])).await;
    assert_eq!(passes(&store, "db").await, 32);
    limit(&store, "db", 2).await;
    assert!(!pending(&store, claim("small", &[("db", 1)])).await.1.reserved, "it is full");
    limit(&store, "db", 3).await;
    reserved(&store, claim("small", &[("db", 1)])).await;
    limit(&store, "db", 2).await;
    free(&store, "holder").await;
    reserved(&store, claim("small", &[("db", 1)])).await;
    granted(&store, claim("wide", &[("db", 2)])).await;
}

/// 'both' waits for a slot of each: 'a' is held, 'b' is free.
async fn over_two_pools() -> Storage {
    let (_, store) = store().await;
    for pool in ["a", "b"] {
        limit(&store, pool, 1).await;
    }
    granted(&store, claim("holder", &[("a", 1)])).await;
    let (_, reason) = pending(&store, claim("both", &[("a", 1), ("b", 1)])).await;
    assert_eq!(reason.pools, [PoolBlock { pool_key: "a".into(), claimed: 1, limit: 1 }]);
    store
}

#[tokio::test]
async fn a_head_over_two_pools_keeps_nobody_from_the_one_that_does_not_block_it() {
    let store = over_two_pools().await;
    assert_eq!(passes(&store, "b").await, 100);
    free(&store, "holder").await;
    reserved(&store, claim("small", &[("b", 1)])).await;
    reserved(&store, claim("other", &[("a", 1)])).await;
    granted(&store, claim("both", &[("a", 1), ("b", 1)])).await;
}

#[tokio::test]
async fn a_head_over_two_pools_is_granted_though_neither_is_ever_free_by_itself() {
    let store = over_two_pools().await;
    let mut held = ("holder".to_owned(), "a");
    for round in 0..200 {
        // Somebody takes the free pool, and only then is the other one given back.
        let pool = if held.1 == "a" { "b" } else { "a" };
        let next = format!("next-{round}");
        let taken = ask(&store, claim(&next, &[(pool, 1)])).await;
        free(&store, &held.0).await;
        if let ClaimStatus::Claimed(_) = ask(&store, claim("both", &[("a", 1), ("b", 1)])).await {
            assert!(round > 32, "{round}");
            return;
        }
        assert!(matches!(taken, ClaimStatus::Claimed(_)), "{taken:?}");
        held = (next, pool);
    }
    panic!("'both' is overtaken for ever");
}

#[tokio::test]
async fn a_head_displaced_by_a_higher_priority_comes_back_with_its_count() {
    let store = blocked().await;
    pass(&store, "db", 10).await;
    let urgent = || SlotClaim { priority: 5, ..claim("urgent", &[("db", 2)]) };
    assert_eq!(pending(&store, urgent()).await.0, 1);
    assert_eq!(pending(&store, claim("wide", &[("db", 2)])).await.0, 2);
    pass(&store, "db", 20).await;
    free(&store, "urgent").await;
    assert_eq!(passes(&store, "db").await, 22, "those 20 overtook the other one");
}

#[tokio::test]
async fn a_head_that_does_not_ask_again_is_followed_by_the_next_with_a_count_of_its_own() {
    let store = blocked().await;
    store.advance_time(500).await.unwrap();
    pending(&store, claim("next", &[("db", 2)])).await;
    assert_eq!(passes(&store, "db").await, 32);
    store.advance_time(499).await.unwrap();
    assert_eq!(passes(&store, "db").await, 0);
    store.advance_time(1).await.unwrap();
    assert_eq!(order(&store, "db").await, ["next"]);
    assert_eq!(passes(&store, "db").await, 32);
    store.advance_time(500).await.unwrap();
    assert_eq!(passes(&store, "db").await, 100, "nobody waits any more");
}

#[tokio::test]
async fn a_holder_that_asks_for_more_waits_and_nothing_is_kept_for_it() {
    let (_, store) = store().await;
    limit(&store, "db", 2).await;
    for run in ["a", "b"] {
        granted(&store, claim(run, &[("db", 1)])).await;
    }
    let (position, reason) = pending(&store, claim("a", &[("db", 2)])).await;
    assert_eq!((position, reason.reserved, counts(&store, "db").await), (1, false, (2, 1)));
    assert_eq!(order(&store, "db").await, ["a"]);
    let more = Acquire { claim: claim("a", &[("db", 2)]), timeout_ms: None, renew: false, events: false };
    assert_eq!(code(store.acquire_slots(more, CancellationToken::new()).await.map(|_| ())), Code::Conflict);
    free(&store, "b").await;
    granted(&store, claim("late", &[("db", 1)])).await;
    assert_eq!(counts(&store, "db").await, (2, 1));
    free(&store, "late").await;
    granted(&store, claim("a", &[("db", 2)])).await;
    assert_eq!(counts(&store, "db").await, (2, 0));
}

#[tokio::test]
async fn a_holder_whose_lease_ends_while_it_asks_for_more_is_a_head_like_any_other() {
    let (_, store) = store().await;
    for pool in ["db", "api"] {
        limit(&store, pool, 2).await;
    }
    granted(&store, SlotClaim { lease_ms: Some(500), ..claim("asks", &[("api", 1)]) }).await;
    granted(&store, claim("holder", &[("db", 1)])).await;
    pending(&store, claim("asks", &[("db", 2)])).await;
    pass(&store, "db", 40).await;
    store.advance_time(500).await.unwrap();
    assert_eq!(passes(&store, "db").await, 32);
}

#[tokio::test]
async fn those_who_wait_are_granted_when_a_limit_is_raised_or_taken_away_and_wait_again_when_it_is_back() {
    let (_, store) = store().await;
    limit(&store, "db", 1).await;
    granted(&store, claim("holder", &[("db", 1)])).await;
    pending(&store, claim("one", &[("db", 1)])).await;
    pending(&store, claim("wide", &[("db", 3)])).await;
    limit(&store, "db", -1).await;
    granted(&store, claim("one", &[("db", 1)])).await;
    limit(&store, "db", 1).await;
    assert_eq!(counts(&store, "db").await, (2, 1), "nobody is evicted");
    let (position, reason) = pending(&store, claim("wide", &[("db", 3)])).await;
    assert_eq!((position, reason.unsatisfiable), (1, true));
    limit(&store, "db", 4).await;
    assert!(!pending(&store, claim("wide", &[("db", 3)])).await.1.unsatisfiable);
    limit(&store, "db", 5).await;
    granted(&store, claim("wide", &[("db", 3)])).await;
}

#[tokio::test]
async fn those_who_wait_natively_are_granted_when_a_limit_is_raised_or_taken_away() {
    let (_, store) = store().await;
    limit(&store, "db", 1).await;
    granted(&store, claim("holder", &[("db", 1)])).await;
    let wait = |run: &str| {
        let claim = claim(run, &[("db", 1)]);
        let (store, request) = (store.clone(), Acquire { claim, timeout_ms: None, renew: false, events: false });
        tokio::spawn(async move { store.acquire_slots(request, CancellationToken::new()).await })
    };
    let waits = [wait("one"), wait("two")];
    while counts(&store, "db").await != (1, 2) {
        tokio::task::yield_now().await;
    }
    limit(&store, "db", -1).await;
    let mut leases = Vec::new();
    for wait in waits {
        leases.push(wait.await.unwrap().unwrap());
    }
    limit(&store, "db", 3).await;
    let wait = wait("three");
    while counts(&store, "db").await != (3, 1) {
        tokio::task::yield_now().await;
    }
    limit(&store, "db", 4).await;
    leases.push(wait.await.unwrap().unwrap());
    assert!(leases.iter().all(SlotLease::is_live));
    assert_eq!(counts(&store, "db").await, (4, 0));
}

#[tokio::test]
async fn each_code_location_has_queues_of_its_own() {
    let (_, here) = store().await;
    let there = Storage::at(&here.open, "there");
    for (store, run) in [(&here, "a"), (&there, "b")] {
        limit(store, "db", 1).await;
        granted(store, claim(run, &[("db", 1)])).await;
    }
    assert_eq!(pending(&here, claim("one", &[("db", 1)])).await.0, 1);
    let urgent = SlotClaim { priority: 5, ..claim("two", &[("db", 1)]) };
    assert_eq!(pending(&there, urgent).await.0, 1);
    assert_eq!((order(&here, "db").await, order(&there, "db").await), (vec!["one".into()], vec!["two".into()]));
    free(&there, "b").await;
    assert!(!pending(&here, claim("one", &[("db", 1)])).await.1.reserved, "here it is full");
    reserved(&there, claim("late", &[("db", 1)])).await;
    free(&here, "a").await;
    granted(&here, claim("one", &[("db", 1)])).await;
    assert_eq!((counts(&here, "db").await, counts(&there, "db").await), ((1, 0), (0, 2)));
}

#[tokio::test]
async fn weights_add_up_and_what_is_held_does_not_count_against_more_or_less_of_it() {
    let (_, store) = store().await;
    limit(&store, "db", 5).await;
    granted(&store, claim("a", &[("db", 1), ("db", 2)])).await;
    granted(&store, claim("b", &[("db", 1)])).await;
    let (_, reason) = pending(&store, claim("c", &[("db", 2)])).await;
    assert_eq!(reason.pools, [PoolBlock { pool_key: "db".into(), claimed: 4, limit: 5 }]);
    free(&store, "c").await;
    granted(&store, claim("a", &[("db", 4)])).await;
    assert_eq!(counts(&store, "db").await, (5, 0));
    granted(&store, claim("a", &[("db", 2)])).await;
    assert_eq!(counts(&store, "db").await, (3, 0));
    granted(&store, claim("c", &[("db", 2)])).await;
}

#[tokio::test]
async fn a_place_lasts_its_wait_ttl_from_the_last_time_it_was_asked_for() {
    let (_, store) = store().await;
    limit(&store, "db", 1).await;
    granted(&store, claim("holder", &[("db", 1)])).await;
    let waits = |wait_ttl_ms| SlotClaim { wait_ttl_ms, ..claim("waits", &[("db", 1)]) };
    pending(&store, waits(1000)).await;
    store.advance_time(999).await.unwrap();
    pending(&store, waits(1000)).await;
    store.advance_time(999).await.unwrap();
    assert_eq!(counts(&store, "db").await, (1, 1));
    pending(&store, waits(10)).await;
    store.advance_time(9).await.unwrap();
    assert_eq!(counts(&store, "db").await, (1, 1));
    store.advance_time(1).await.unwrap();
    assert_eq!(counts(&store, "db").await, (1, 0));
    assert_eq!(pending(&store, waits(0)).await.0, 1);
    assert_eq!(counts(&store, "db").await, (1, 0), "a place that lasts no time is none");
}

#[tokio::test]
async fn a_head_that_begins_to_wait_natively_keeps_its_count_of_overtakings() {
    let store = blocked().await;
    pass(&store, "db", 20).await;
    let (waiter, request) = (store.clone(), claim("wide", &[("db", 2)]));
    let request = Acquire { claim: request, timeout_ms: None, renew: false, events: false };
    let wait = tokio::spawn(async move { waiter.acquire_slots(request, CancellationToken::new()).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(passes(&store, "db").await, 12);
    free(&store, "holder").await;
    assert_eq!(wait.await.expect("ends").expect("is granted").grant().run_id, "wide");
}
