//! Native waits, and leases that are kept alive, by the manual clock.

use std::sync::{Arc, Mutex};

use rivers_storage::pools::{Acquire, SlotClaim, SlotLease};
use rivers_storage::{Code, Error, Result};
use rivers_storage_testing::{NOW, Storage, code, recount, store};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn request(run: &str) -> Acquire {
    Acquire { claim: SlotClaim::new(run, "s", &[("db", 1)]), timeout_ms: None, renew: true, events: false }
}

async fn acquire(store: &Storage, request: Acquire) -> Result<SlotLease> {
    store.acquire_slots(request, CancellationToken::new()).await
}

/// A native wait that is queued.
async fn waiting(store: &Storage, request: Acquire, cancel: CancellationToken) -> JoinHandle<Result<SlotLease>> {
    let before = store.get_pool_info("db").await.unwrap().pending;
    let waiter = store.clone();
    let wait = tokio::spawn(async move { waiter.acquire_slots(request, cancel).await });
    while store.get_pool_info("db").await.unwrap().pending == before {
        tokio::task::yield_now().await;
    }
    wait
}

async fn failed(wait: JoinHandle<Result<SlotLease>>) -> Code {
    code(wait.await.unwrap().map(|lease| lease.grant().clone()))
}

async fn limited(limit: i64) -> (Arc<rivers_storage_testing::Simulated>, Storage) {
    let (records, store) = store().await;
    store.set_pool_limit("db", limit, Some(3000)).await.unwrap();
    (records, store)
}

async fn counts(store: &Storage) -> (i64, i64) {
    let info = store.get_pool_info("db").await.unwrap();
    (info.claimed, info.pending)
}

#[tokio::test]
async fn a_release_serves_the_wait() {
    let (records, store) = limited(1).await;
    let first = acquire(&store, request("a")).await.unwrap();
    let wait = waiting(&store, request("b"), CancellationToken::new()).await;
    first.release().await.unwrap();
    let second = wait.await.unwrap().unwrap();
    assert!(second.is_live() && !first.is_live());
    assert!(second.grant().token > first.grant().token);
    second.release().await.unwrap();
    second.release().await.unwrap();
    assert_eq!(counts(&store).await, (0, 0));
    recount::check(&records);
}

#[tokio::test]
async fn an_expired_lease_and_a_raised_limit_serve_waits() {
    let (_, store) = limited(1).await;
    store.claim_concurrency_slots(SlotClaim::new("dead", "s", &[("db", 1)])).await.unwrap();
    let (b, c) = (waiting(&store, request("b"), CancellationToken::new()).await, request("c"));
    let c = waiting(&store, c, CancellationToken::new()).await;
    store.advance_time(3000).await.unwrap();
    let holders = store.get_pool_slot_holders("db").await.unwrap();
    assert_eq!((holders[0].run_id.as_str(), holders[0].claimed_at), ("b", NOW + 3000), "final when it returns");
    let b = b.await.unwrap().unwrap();
    store.set_pool_limit("db", 2, Some(3000)).await.unwrap();
    let c = c.await.unwrap().unwrap();
    assert!(b.is_live() && c.is_live());
}

#[tokio::test]
async fn a_lease_that_is_kept_alive_outlives_its_duration_until_it_is_released_or_dropped() {
    let (_, store) = limited(2).await;
    let kept = acquire(&store, request("a")).await.unwrap();
    let forgotten = acquire(&store, request("b")).await.unwrap();
    store.advance_time(10_000).await.unwrap();
    assert!(kept.is_live() && forgotten.is_live());
    assert_eq!(counts(&store).await, (2, 0));
    assert!(kept.expires_at() > store.now());
    drop(forgotten);
    store.advance_time(10_000).await.unwrap();
    assert_eq!(counts(&store).await, (1, 0));
    kept.release().await.unwrap();
    assert_eq!(counts(&store).await, (0, 0));
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_is_lost_a_margin_before_its_expiry() {
    let (_, store) = limited(1).await;
    let lease = acquire(&store, Acquire { renew: false, ..request("a") }).await.unwrap();
    let heard = listen(&lease);
    store.advance_time(2399).await.unwrap();
    assert!(lease.is_live() && heard.lock().unwrap().is_none());
    store.advance_time(1).await.unwrap();
    assert!(!lease.is_live());
    assert_eq!(heard.lock().unwrap().as_ref().unwrap().code(), Code::LeaseLost);
}

#[tokio::test]
async fn a_lease_that_is_kept_alive_ends_when_another_call_ends_it() {
    let (_, store) = limited(2).await;
    let renewed = acquire(&store, request("a")).await.unwrap();
    let left_alone = acquire(&store, Acquire { renew: false, ..request("b") }).await.unwrap();
    for lease in [&renewed, &left_alone] {
        let grant = lease.grant();
        store.renew_slot_lease(&grant.run_id, &grant.step_key, Some(600), None).await.unwrap();
        assert_eq!(lease.expires_at(), NOW + 600);
    }
    let heard = listen(&left_alone);
    store.advance_time(600).await.unwrap();
    assert!(!left_alone.is_live() && heard.lock().unwrap().is_some());
    assert!(renewed.is_live() && renewed.expires_at() > store.now(), "it was renewed in time");
    assert_eq!(counts(&store).await, (1, 0));
}

#[tokio::test]
async fn a_lease_is_lost_at_once_when_another_attempt_takes_it_over_or_its_slots_are_freed() {
    let (_, store) = limited(3).await;
    let [taken, freed, ended] = ["a", "b", "c"].map(|run| acquire(&store, request(run)));
    let leases = [taken.await.unwrap(), freed.await.unwrap(), ended.await.unwrap()];
    let heard = leases.each_ref().map(listen);
    store.claim_concurrency_slots(request("a").claim).await.unwrap();
    store.free_concurrency_slots("b", "s", None).await.unwrap();
    store.free_concurrency_slots_for_run("c").await.unwrap();
    for (lease, heard) in leases.iter().zip(heard) {
        assert!(!lease.is_live());
        assert_eq!(heard.lock().unwrap().as_ref().unwrap().code(), Code::LeaseLost);
        lease.release().await.unwrap();
    }
    assert_eq!(counts(&store).await, (1, 0), "releasing a lost lease frees nothing of the new one");
}

fn listen(lease: &SlotLease) -> Arc<Mutex<Option<Error>>> {
    let heard: Arc<Mutex<Option<Error>>> = Arc::default();
    let hears = Arc::clone(&heard);
    lease.on_lost(Box::new(move |error| *hears.lock().unwrap() = Some(error)));
    heard
}

#[tokio::test]
async fn a_wait_that_ends_leaves_no_row() {
    let (records, store) = limited(1).await;
    let holder = acquire(&store, request("holder")).await.unwrap();

    let timed = waiting(&store, Acquire { timeout_ms: Some(50), ..request("a") }, CancellationToken::new()).await;
    store.advance_time(49).await.unwrap();
    assert_eq!(counts(&store).await, (1, 1));
    store.advance_time(1).await.unwrap();
    assert_eq!(counts(&store).await, (1, 0));
    assert_eq!(failed(timed).await, Code::Timeout);

    let cancel = CancellationToken::new();
    let cancelled_by_caller = waiting(&store, request("a"), cancel.clone()).await;
    cancel.cancel();
    assert_eq!(failed(cancelled_by_caller).await, Code::Cancelled);

    let cancelled = waiting(&store, request("b"), CancellationToken::new()).await;
    store.request_cancellation("b".to_owned()).await.unwrap();
    assert_eq!(failed(cancelled).await, Code::Cancelled);
    assert_eq!(code(acquire(&store, request("b")).await.map(|_| ())), Code::Cancelled);

    let removed = waiting(&store, request("c"), CancellationToken::new()).await;
    store.free_concurrency_slots_for_run("c").await.unwrap();
    assert_eq!(failed(removed).await, Code::Cancelled);

    assert_eq!(counts(&store).await, (1, 0));
    recount::check(&records);
    drop(holder);
}

#[tokio::test]
async fn closing_ends_waits_and_leases_but_frees_no_slot() {
    let (_, store) = limited(1).await;
    let lease = acquire(&store, request("a")).await.unwrap();
    let heard = listen(&lease);
    let wait = waiting(&store, request("b"), CancellationToken::new()).await;
    store.scope.close();
    assert_eq!(failed(wait).await, Code::Closed);
    assert!(!lease.is_live());
    lease.release().await.unwrap();
    assert_eq!(counts(&store).await, (1, 0));
    while heard.lock().unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(heard.lock().unwrap().as_ref().unwrap().code(), Code::Closed);
    assert_eq!(code(acquire(&store, request("c")).await.map(|_| ())), Code::Closed);
}

#[tokio::test]
async fn a_step_waits_or_holds_once_and_never_for_ever() {
    let (_, store) = limited(1).await;
    let lease = acquire(&store, request("a")).await.unwrap();
    assert_eq!(code(acquire(&store, request("a")).await.map(|_| ())), Code::Conflict);
    let too_much = |timeout_ms| Acquire { claim: SlotClaim::new("b", "s", &[("db", 2)]), timeout_ms, ..request("b") };
    assert_eq!(code(acquire(&store, too_much(None)).await.map(|_| ())), Code::Conflict);
    assert_eq!(code(acquire(&store, too_much(Some(0))).await.map(|_| ())), Code::Timeout);
    assert_eq!(counts(&store).await, (1, 0));
    lease.release().await.unwrap();
    acquire(&store, request("a")).await.unwrap();
}

#[tokio::test]
async fn a_step_that_holds_by_a_claim_of_its_own_is_refused_instead_of_waiting_for_itself() {
    let (_, store) = limited(2).await;
    store.claim_concurrency_slots(SlotClaim::new("a", "s", &[("db", 1)])).await.unwrap();
    store.claim_concurrency_slots(SlotClaim::new("b", "s", &[("db", 1)])).await.unwrap();
    let more = Acquire { claim: SlotClaim::new("a", "s", &[("db", 2)]), ..request("a") };
    assert_eq!(code(acquire(&store, more).await.map(|_| ())), Code::Conflict);
    assert_eq!(counts(&store).await, (2, 0));
}

#[tokio::test]
async fn a_lease_too_short_to_be_kept_alive_is_refused() {
    let (_, store) = limited(1).await;
    let short = SlotClaim { lease_ms: Some(99), ..request("a").claim };
    assert_eq!(code(acquire(&store, Acquire { claim: short, ..request("a") }).await.map(|_| ())), Code::InvalidArg);
    let lease = acquire(&store, request("a")).await.unwrap();
    assert_eq!(lease.expires_at(), NOW + 3000);
}

#[tokio::test]
async fn a_callback_that_comes_after_the_close_is_called_at_once() {
    let (_, store) = limited(1).await;
    let lease = acquire(&store, request("a")).await.unwrap();
    store.scope.close();
    let heard = listen(&lease);
    assert_eq!(heard.lock().unwrap().as_ref().expect("called").code(), Code::Closed);
}
