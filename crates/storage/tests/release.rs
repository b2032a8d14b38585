//! How kept leases end: what they free, what they let go, and what a closed storage object leaves behind.

use std::sync::Arc;

use rivers_storage::pools::{Acquire, SlotClaim, SlotLease};
use rivers_storage::{Code, Error};
use rivers_storage_testing::{Storage, reopen, store};
use tokio_util::sync::CancellationToken;

fn request(run: &str) -> Acquire {
    Acquire { claim: SlotClaim::new(run, "s", &[("db", 1)]), timeout_ms: None, renew: true, events: true }
}

async fn acquire(store: &Storage, run: &str) -> SlotLease {
    store.set_pool_limit("db", 9, None).await.unwrap();
    store.acquire_slots(request(run), CancellationToken::new()).await.unwrap()
}

async fn claimed(store: &Storage) -> i64 {
    store.get_pool_info("db").await.unwrap().claimed
}

/// Another storage object on the same store.
fn beside(store: &Storage) -> Storage {
    Storage::at(&store.open, store.location())
}

fn lost(lease: &SlotLease) -> Option<Code> {
    lease.lost().map(|error: Error| error.code())
}

#[tokio::test]
async fn a_release_ends_the_lease_at_once_and_frees_its_slots_though_the_storage_is_closed_meanwhile() {
    let (_, store) = store().await;
    let lease = acquire(&store, "a").await;
    let freed = lease.release();
    assert!(!lease.is_live());
    assert_eq!(claimed(&store).await, 1);
    store.scope.close();
    assert_eq!(lost(&lease), None);
    freed.await.unwrap();
    assert_eq!(claimed(&store).await, 0);
}

#[tokio::test]
async fn a_lease_is_lost_as_soon_as_its_storage_is_closed() {
    let (_, store) = store().await;
    let lease = acquire(&store, "a").await;
    store.scope.close();
    // No task had its turn.
    assert_eq!(lost(&lease), Some(Code::Closed));
    lease.release().await.unwrap();
    assert_eq!((lost(&lease), claimed(&store).await), (Some(Code::Closed), 1));
}

#[tokio::test]
async fn slots_of_a_closed_storage_are_freed_through_another_one_by_their_token() {
    let (_, store) = store().await;
    let other = beside(&store);
    let [lease, taken] = [acquire(&store, "a").await, acquire(&store, "b").await];
    store.scope.close();
    assert_eq!([lost(&lease), lost(&taken)], [Some(Code::Closed); 2]);
    let again = acquire(&other, "b").await;
    assert_eq!(claimed(&other).await, 2);
    for _ in 0..2 {
        lease.release_elsewhere(&other).await.unwrap();
        taken.release_elsewhere(&other).await.unwrap();
        assert_eq!(claimed(&other).await, 1);
    }
    assert!(again.is_live());
    assert_eq!(lost(&lease), Some(Code::Closed));
    let events = other.get_events_for_run("a", None, None).await.unwrap();
    assert_eq!(events.len(), 2, "claimed and released");
}

#[tokio::test]
async fn nothing_is_freed_elsewhere_of_a_lease_whose_storage_is_open_or_that_had_ended_before() {
    let (_, store) = store().await;
    let other = beside(&store);
    let [live, released, gone] = [acquire(&store, "a").await, acquire(&store, "b").await, acquire(&store, "c").await];
    live.release_elsewhere(&other).await.unwrap();
    assert!(live.is_live());
    drop(released.release());
    store.free_concurrency_slots("c", "s", None).await.unwrap();
    store.scope.close();
    assert_eq!((lost(&released), lost(&gone)), (None, Some(Code::LeaseLost)));
    for lease in [&released, &gone] {
        lease.release_elsewhere(&other).await.unwrap();
    }
    assert_eq!(claimed(&other).await, 2);
}

#[tokio::test]
async fn a_lease_keeps_what_it_needs_until_it_ends() {
    let (_, store) = store().await;
    let needed = Arc::new(());
    let [released, gone, forgotten, closed] = ["a", "b", "c", "d"].map(|run| acquire(&store, run));
    let leases = [released.await, gone.await, forgotten.await, closed.await];
    for lease in &leases {
        lease.needs(Arc::clone(&needed));
    }
    let keepers = || Arc::strong_count(&needed) - 1;
    let [released, gone, forgotten, closed] = leases;
    assert_eq!(keepers(), 4);
    drop(released.release());
    assert_eq!(keepers(), 3);
    store.free_concurrency_slots("b", "s", None).await.unwrap();
    assert_eq!(keepers(), 2);
    drop(forgotten);
    assert_eq!(keepers(), 1);
    store.scope.close();
    assert_eq!(lost(&closed), Some(Code::Closed));
    assert_eq!(keepers(), 0);
    for ended in [released, gone, closed] {
        ended.needs(Arc::clone(&needed));
    }
    assert_eq!(keepers(), 0, "what has ended needs nothing");
}

#[tokio::test]
async fn a_lease_that_is_dropped_keeps_its_slots_until_its_expiry() {
    let (_, store) = store().await;
    store.set_pool_limit("db", 9, Some(3000)).await.unwrap();
    drop(store.acquire_slots(request("a"), CancellationToken::new()).await.unwrap());
    store.advance_time(2999).await.unwrap();
    assert_eq!(claimed(&store).await, 1);
    store.advance_time(1).await.unwrap();
    assert_eq!(claimed(&store).await, 0);
}

#[tokio::test]
async fn a_store_is_the_same_when_it_is_opened_again() {
    let (records, first) = store().await;
    let (_, again) = reopen(&records).await;
    let (_, another) = store().await;
    assert!(first.is_same_store(&beside(&first)));
    assert!(first.is_same_store(&again));
    assert!(!first.is_same_store(&another));
}
