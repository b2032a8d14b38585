//! One step that waits in several storage objects: it has one queue entry, that of its latest claim.

use rivers_storage::pools::{Acquire, ClaimStatus, SlotClaim, SlotLease};
use rivers_storage_testing::{Storage, recount, store};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn claim(step: &str, pools: &[(&str, i64)], priority: i64) -> SlotClaim {
    SlotClaim { priority, ..SlotClaim::new("run", step, pools) }
}

/// A storage object of its own on the same store.
fn another(store: &Storage, location: &str) -> Storage {
    Storage::at(&store.open, location)
}

/// Every task has run until it waits.
async fn settled() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn waits(store: Storage, claim: SlotClaim) -> JoinHandle<SlotLease> {
    let request = Acquire { claim, timeout_ms: None, renew: false, events: false };
    let wait =
        tokio::spawn(async move { store.acquire_slots(request, CancellationToken::new()).await.expect("a lease") });
    settled().await;
    assert!(!wait.is_finished(), "it waits");
    wait
}

async fn ask(store: &Storage, claim: SlotClaim) -> ClaimStatus {
    store.claim_concurrency_slots(claim).await.expect("an answer")
}

async fn full(store: &Storage, holder: &str) {
    store.set_pool_limit("db", 1, None).await.unwrap();
    assert!(matches!(ask(store, claim(holder, &[("db", 1)], 0)).await, ClaimStatus::Claimed(_)));
}

async fn release(store: &Storage, step: &str) {
    assert_eq!(store.free_concurrency_slots("run", step, None).await.unwrap(), 1);
    settled().await;
}

#[tokio::test]
async fn a_claim_repeated_with_a_lower_priority_lowers_every_wait_of_the_step() {
    let (records, store) = store().await;
    full(&store, "holder").await;
    let wait = waits(another(&store, store.location()), claim("step", &[("db", 1)], 2)).await;
    ask(&store, claim("other", &[("db", 1)], 1)).await;
    ask(&store, claim("step", &[("db", 1)], 0)).await;
    let order: Vec<_> = store.get_pool_waiters("db").await.unwrap().into_iter().map(|waiter| waiter.step_key).collect();
    assert_eq!(order, ["other", "step"]);

    release(&store, "holder").await;
    assert!(!wait.is_finished(), "'other' is ahead of it");
    assert!(matches!(ask(&store, claim("other", &[("db", 1)], 1)).await, ClaimStatus::Claimed(_)));
    release(&store, "other").await;
    assert_eq!(wait.await.unwrap().grant().step_key, "step");
    recount::check(&records);
}

#[tokio::test]
async fn a_claim_repeated_in_another_location_blocks_no_claim_in_the_first() {
    let (records, store) = store().await;
    full(&store, "holder").await;
    let there = another(&store, "there");
    full(&there, "another holder").await;
    let first = waits(another(&store, store.location()), claim("step", &[("db", 1)], 0)).await;
    let elsewhere = waits(there, claim("step", &[("db", 1)], 0)).await;
    let second = waits(store.clone(), claim("other", &[("db", 1)], 0)).await;

    release(&store, "holder").await;
    assert!(first.is_finished() || second.is_finished(), "'db' is free, and both ask for it");
    drop((first, elsewhere, second));
    recount::check(&records);
}
