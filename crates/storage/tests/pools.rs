//! Pools, claims and leases, one rule a test.

use std::sync::Arc;

use rivers_storage::Code;
use rivers_storage::pools::{BlockReason, ClaimStatus, Grant, PoolBlock, SlotClaim};
use rivers_storage_testing::Simulated;
use rivers_storage_testing::{NOW, Storage, code, open, reopen, store};

async fn claimed(store: &Storage, claim: SlotClaim) -> Grant {
    match store.claim_concurrency_slots(claim).await.expect("claims") {
        ClaimStatus::Claimed(grant) => grant,
        pending @ ClaimStatus::Pending { .. } => panic!("{pending:?}"),
    }
}

async fn pending(store: &Storage, claim: SlotClaim) -> (usize, BlockReason) {
    match store.claim_concurrency_slots(claim).await.expect("claims") {
        ClaimStatus::Pending { position, reason, .. } => (position, reason),
        claimed @ ClaimStatus::Claimed(_) => panic!("{claimed:?}"),
    }
}

async fn used(store: &Storage, pool: &str) -> (i64, i64) {
    let info = store.get_pool_info(pool).await.expect("info");
    (info.claimed, info.pending)
}

fn one(run: &str) -> SlotClaim {
    SlotClaim::new(run, "s", &[("db", 1)])
}

fn lasting(run: &str, lease_ms: i64) -> SlotClaim {
    SlotClaim { lease_ms: Some(lease_ms), ..one(run) }
}

#[tokio::test]
async fn a_claim_is_granted_up_to_the_limit_and_pending_beyond() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 2, None).await.unwrap();
    assert_eq!(claimed(&store, one("a")).await, Grant { token: 1, expires_at: NOW + 300_000 });
    assert_eq!(claimed(&store, one("b")).await.token, 2);
    let (position, reason) = pending(&store, one("c")).await;
    let full = PoolBlock { pool_key: "db".into(), claimed: 2, limit: 2 };
    assert_eq!((position, reason), (1, BlockReason { pools: vec![full], unsatisfiable: false, reserved: false }));
    assert_eq!(used(&store, "db").await, (2, 1));
    assert_eq!(store.free_concurrency_slots("a", "s", None).await.unwrap(), 1);
    claimed(&store, one("c")).await;
    assert_eq!(used(&store, "db").await, (2, 0));
}

#[tokio::test]
async fn a_claim_over_several_pools_is_all_or_nothing() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    store.set_pool_limit("api", 1, None).await.unwrap();
    claimed(&store, SlotClaim::new("a", "s", &[("api", 1)])).await;
    let (_, reason) = pending(&store, SlotClaim::new("b", "s", &[("db", 1), ("api", 1)])).await;
    assert_eq!(reason.pools.len(), 1);
    assert_eq!(used(&store, "db").await, (0, 1));
    assert_eq!(used(&store, "api").await, (1, 1));
}

#[tokio::test]
async fn an_unknown_pool_an_empty_claim_and_a_bad_weight_are_refused_and_leave_nothing() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    let before = records.rows();
    let claim = |pools: &[(&str, i64)]| store.claim_concurrency_slots(SlotClaim::new("r", "s", pools));
    assert_eq!(code(claim(&[("db", 1), ("ghost", 1)]).await), Code::NotFound);
    assert_eq!(code(claim(&[]).await), Code::InvalidArg);
    for slots in [0, -1, 1 << 31] {
        assert_eq!(code(claim(&[("db", slots)]).await), Code::InvalidArg);
    }
    assert_eq!(code(claim(&[("db", i64::from(i32::MAX)), ("db", 1)]).await), Code::InvalidArg);
    assert_eq!(records.rows(), before);
    assert_eq!(code(store.get_pool_info("ghost").await), Code::NotFound);
    assert!(store.get_pool_slot_holders("ghost").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_pool_named_twice_adds_up() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 3, None).await.unwrap();
    claimed(&store, SlotClaim::new("a", "s", &[("db", 1), ("db", 1)])).await;
    assert_eq!(used(&store, "db").await, (2, 0));
}

#[tokio::test]
async fn claiming_again_is_the_same_lease_with_a_new_expiry() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    let first = claimed(&store, lasting("a", 1000)).await;
    store.advance_time(400).await.unwrap();
    let again = claimed(&store, lasting("a", 1000)).await;
    assert_eq!(again, Grant { token: first.token, expires_at: NOW + 1400 });
    let holders = store.get_pool_slot_holders("db").await.unwrap();
    assert_eq!(holders.len(), 1);
    assert_eq!(holders[0].claimed_at, NOW + 400);
    let commits = records.commits();
    assert_eq!(store.free_expired_leases().await.unwrap(), 0);
    assert_eq!(records.commits(), commits, "nothing to sweep, nothing to commit");
}

#[tokio::test]
async fn claiming_or_renewing_again_in_the_same_moment_commits_nothing() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    let first = claimed(&store, lasting("a", 1000)).await;
    let commits = records.commits();
    assert_eq!(claimed(&store, lasting("a", 1000)).await, first);
    let renewal = store.renew_slot_lease("a", "s", Some(1000), Some(first.token)).await.unwrap().unwrap();
    assert_eq!((renewal.slots, renewal.expires_at), (1, first.expires_at));
    assert_eq!(records.commits(), commits);
    assert!(store.renew_slot_lease("a", "s", Some(1001), None).await.unwrap().is_some());
    assert_eq!(records.commits(), commits + 1);
}

#[tokio::test]
async fn another_attempt_takes_the_lease_over_and_the_old_token_is_dead() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    let first = claimed(&store, one("a")).await;
    let second = claimed(&store, SlotClaim { attempt: Some("2".into()), ..one("a") }).await;
    assert!(second.token > first.token);
    assert_eq!(store.renew_slot_lease("a", "s", None, Some(first.token)).await.unwrap(), None);
    assert_eq!(store.free_concurrency_slots("a", "s", Some(first.token)).await.unwrap(), 0);
    assert_eq!(used(&store, "db").await, (1, 0));
    assert_eq!(store.free_concurrency_slots("a", "s", Some(second.token)).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_held_is_granted_again_although_the_limit_was_lowered() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 3, None).await.unwrap();
    claimed(&store, SlotClaim::new("a", "s", &[("db", 3)])).await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    claimed(&store, SlotClaim::new("a", "s", &[("db", 2)])).await;
    assert_eq!(used(&store, "db").await, (2, 0));
    pending(&store, one("b")).await;
}

#[tokio::test]
async fn a_holder_that_asks_for_more_is_told_what_others_hold() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 4, None).await.unwrap();
    claimed(&store, SlotClaim::new("a", "s", &[("db", 2)])).await;
    let (_, reason) = pending(&store, SlotClaim::new("a", "s", &[("db", 5)])).await;
    assert_eq!(reason.pools, [PoolBlock { pool_key: "db".into(), claimed: 0, limit: 4 }]);
    claimed(&store, one("b")).await;
    let (_, reason) = pending(&store, SlotClaim::new("a", "s", &[("db", 4)])).await;
    assert_eq!(reason.pools[0].claimed, 1);
    assert_eq!(store.get_pool_waiters("db").await.unwrap()[0].reason, reason);
    assert_eq!(used(&store, "db").await, (3, 1));
}

#[tokio::test]
async fn a_holder_that_asks_for_more_than_fits_keeps_what_it_has() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 2, None).await.unwrap();
    let held = claimed(&store, one("a")).await;
    claimed(&store, one("b")).await;
    pending(&store, SlotClaim::new("a", "s", &[("db", 2)])).await;
    assert_eq!(used(&store, "db").await, (2, 1));
    assert!(store.renew_slot_lease("a", "s", None, Some(held.token)).await.unwrap().is_some());
    store.free_concurrency_slots("b", "s", None).await.unwrap();
    claimed(&store, one("c")).await;
}

#[tokio::test]
async fn an_unlimited_pool_has_holders_too() {
    let (_, store) = store().await;
    store.set_pool_limit("free", -1, None).await.unwrap();
    claimed(&store, SlotClaim::new("a", "s", &[("free", 5)])).await;
    assert_eq!(used(&store, "free").await, (5, 0));
    store.set_pool_limit("free", 4, None).await.unwrap();
    pending(&store, SlotClaim::new("b", "s", &[("free", 1)])).await;
}

#[tokio::test]
async fn an_expired_lease_counts_for_nothing_and_is_never_revived() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    let lost = claimed(&store, lasting("a", 1000)).await;
    store.advance_time(999).await.unwrap();
    assert_eq!(used(&store, "db").await, (1, 0));
    store.advance_time(1).await.unwrap();
    assert_eq!(used(&store, "db").await, (0, 0));
    assert!(store.get_pool_slot_holders("db").await.unwrap().is_empty());
    assert_eq!(store.renew_slot_lease("a", "s", None, None).await.unwrap(), None);
    assert_eq!(store.free_concurrency_slots("a", "s", Some(lost.token)).await.unwrap(), 0);
    let next = claimed(&store, one("b")).await;
    assert!(next.token > lost.token);
    assert_eq!(store.renew_slot_lease("a", "s", None, None).await.unwrap(), None);
    assert_eq!(used(&store, "db").await, (1, 0));
}

#[tokio::test]
async fn a_step_can_claim_again_after_its_lease_expired() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    let lost = claimed(&store, lasting("a", 0)).await;
    assert!(claimed(&store, one("a")).await.token > lost.token);
}

#[tokio::test]
async fn sweeping_counts_what_it_removes() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 9, None).await.unwrap();
    store.set_pool_limit("api", 9, None).await.unwrap();
    claimed(&store, SlotClaim { lease_ms: Some(5), ..SlotClaim::new("a", "s", &[("db", 1), ("api", 2)]) }).await;
    claimed(&store, lasting("b", 5)).await;
    claimed(&store, lasting("c", 6)).await;
    store.advance_time(5).await.unwrap();
    assert_eq!(store.free_expired_leases().await.unwrap(), 3);
    assert_eq!(store.free_expired_leases().await.unwrap(), 0);
    assert_eq!(used(&store, "db").await, (1, 0));
    assert_eq!(used(&store, "api").await, (0, 0));
}

#[tokio::test]
async fn the_default_lease_is_the_shortest_of_the_pools() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 1, Some(7000)).await.unwrap();
    store.set_pool_limit("api", 1, Some(3000)).await.unwrap();
    let grant = claimed(&store, SlotClaim::new("a", "s", &[("db", 1), ("api", 1)])).await;
    assert_eq!(grant.expires_at, NOW + 3000);
    store.advance_time(1000).await.unwrap();
    let renewal = store.renew_slot_lease("a", "s", None, None).await.unwrap().unwrap();
    assert_eq!((renewal.slots, renewal.expires_at), (2, NOW + 4000));
}

#[tokio::test]
async fn freeing_a_run_frees_all_its_steps_and_their_places() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 2, None).await.unwrap();
    claimed(&store, SlotClaim::new("a", "1", &[("db", 1)])).await;
    claimed(&store, SlotClaim::new("a", "2", &[("db", 1)])).await;
    pending(&store, SlotClaim::new("a", "3", &[("db", 1)])).await;
    pending(&store, one("b")).await;
    assert_eq!(store.free_concurrency_slots_for_run("a").await.unwrap(), 2);
    assert_eq!(used(&store, "db").await, (0, 1));
}

#[tokio::test]
async fn the_queue_is_by_priority_then_first_come_first_served() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    claimed(&store, one("holder")).await;
    for (run, priority, position) in [("low", -1, 1), ("first", 0, 1), ("second", 0, 2), ("urgent", 5, 1)] {
        let claim = SlotClaim { priority, ..one(run) };
        assert_eq!(pending(&store, claim).await.0, position, "{run}");
    }
    assert_eq!(pending(&store, one("first")).await.0, 2, "asking again keeps the place");
    store.free_concurrency_slots("holder", "s", None).await.unwrap();
    let (position, reason) = pending(&store, one("first")).await;
    assert_eq!((position, reason.reserved), (2, true), "the slot is kept for the urgent one");
    claimed(&store, SlotClaim { priority: 5, ..one("urgent") }).await;
}

#[tokio::test]
async fn a_waiter_that_does_not_ask_again_loses_its_place() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    claimed(&store, one("holder")).await;
    pending(&store, one("gone")).await;
    store.advance_time(14_999).await.unwrap();
    pending(&store, one("next")).await;
    assert_eq!(used(&store, "db").await, (1, 2));
    store.advance_time(1).await.unwrap();
    assert_eq!(used(&store, "db").await, (1, 1));
    assert_eq!(pending(&store, one("next")).await.0, 1);
}

#[tokio::test]
async fn a_blocked_head_is_overtaken_32_times_and_then_served() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 2, None).await.unwrap();
    claimed(&store, one("holder")).await;
    let wide = || SlotClaim::new("wide", "s", &[("db", 2)]);
    pending(&store, wide()).await;
    for round in 0..32 {
        claimed(&store, one("small")).await;
        store.free_concurrency_slots("small", "s", None).await.unwrap();
        pending(&store, wide()).await;
        assert_eq!(used(&store, "db").await, (1, 1), "round {round}");
    }
    assert!(pending(&store, one("small")).await.1.reserved);
    store.free_concurrency_slots("holder", "s", None).await.unwrap();
    claimed(&store, wide()).await;
}

#[tokio::test]
async fn a_claim_above_the_limit_is_unsatisfiable_and_holds_nobody_up() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 2, None).await.unwrap();
    let (_, reason) = pending(&store, SlotClaim::new("wide", "s", &[("db", 3)])).await;
    assert!(reason.unsatisfiable);
    claimed(&store, one("a")).await;
    assert_eq!(pending(&store, SlotClaim::new("b", "s", &[("db", 2)])).await.0, 2, "it keeps its rank");
    store.free_concurrency_slots("a", "s", None).await.unwrap();
    store.set_pool_limit("db", 3, None).await.unwrap();
    claimed(&store, SlotClaim::new("wide", "s", &[("db", 3)])).await;
}

#[tokio::test]
async fn tokens_go_on_where_they_were_after_a_crash() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 5, None).await.unwrap();
    let before = claimed(&store, one("a")).await;
    let (_, store) = reopen(&records).await;
    assert!(claimed(&store, one("b")).await.token > before.token);
}

#[tokio::test]
async fn a_clock_that_was_set_back_brings_neither_time_nor_turns_back() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    claimed(&store, lasting("holder", 2_000_000)).await;
    store.advance_time(1_000_000).await.unwrap();
    pending(&store, one("first")).await;
    // The process crashes, and the next one finds an earlier time.
    let store = open(&Arc::new(Simulated::at(&records, NOW))).await;
    assert_eq!(store.now(), NOW + 1_000_000);
    assert_eq!(pending(&store, one("late")).await.0, 2);
    store.free_concurrency_slots("holder", "s", None).await.unwrap();
    assert!(pending(&store, one("late")).await.1.reserved);
    claimed(&store, one("first")).await;
}

#[tokio::test]
async fn a_lease_lasts_no_longer_than_its_duration_from_an_opening() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 5, None).await.unwrap();
    store.advance_time(1_000_000).await.unwrap();
    claimed(&store, lasting("a", 1000)).await;
    // The next process finds an earlier time than that of the claim: its clock was set back.
    let store = open(&Arc::new(Simulated::at(&records, NOW))).await;
    assert_eq!(store.get_pool_slot_holders("db").await.unwrap()[0].lease_expires_at, store.now() + 1000);
    store.advance_time(1000).await.unwrap();
    assert_eq!(used(&store, "db").await, (0, 0));
}

#[tokio::test]
async fn code_locations_have_pools_of_their_own() {
    let (_, store) = store().await;
    let other = Storage::at(&store.open, "other");
    store.set_pool_limit("db", 1, None).await.unwrap();
    assert!(other.get_pool_limits().await.unwrap().is_empty());
    other.set_pool_limit("db", 1, None).await.unwrap();
    claimed(&store, one("a")).await;
    claimed(&other, one("b")).await;
    assert_eq!(used(&store, "db").await, (1, 0));
}
