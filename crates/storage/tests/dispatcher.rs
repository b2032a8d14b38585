//! Native waits: their cost, which of them a change wakes, and the events of their leases.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rivers_storage::Code;
use rivers_storage::events::EventType;
use rivers_storage::pools::{Acquire, SlotClaim, SlotLease};
use rivers_storage_testing::{Fault, Simulated, Storage};
use rivers_storage_testing::{NOW, open, recount, store};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

fn request(run: &str, pools: &[(&str, i64)]) -> Acquire {
    Acquire { claim: SlotClaim::new(run, "s", pools), timeout_ms: None, renew: false, events: false }
}

type Waits = JoinSet<SlotLease>;

/// Begins the waits in the order of the requests: each is queued before the next begins.
async fn begin(store: &Storage, waits: &mut Waits, requests: Vec<Acquire>) {
    for request in requests {
        let (pool, _) = request.claim.pools[0].clone();
        let before = store.get_pool_info(&pool).await.unwrap().pending;
        let waiter = store.clone();
        waits.spawn(async move { waiter.acquire_slots(request, CancellationToken::new()).await.unwrap() });
        while store.get_pool_info(&pool).await.unwrap().pending == before {
            tokio::task::yield_now().await;
        }
    }
    settled().await;
}

/// Every task has run until it waits.
async fn settled() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn full_pools(pools: &[&str]) -> (Arc<Simulated>, Storage) {
    let (records, store) = store().await;
    for pool in pools {
        store.set_pool_limit(pool, 1, Some(60_000)).await.unwrap();
        store.claim_concurrency_slots(SlotClaim::new("holder", pool, &[(pool, 1)])).await.unwrap();
    }
    (records, store)
}

/// Reads and commits of a release and the grant that follows, while so many wait.
async fn cost_of_a_release(waiting: usize) -> (u64, u64) {
    let (records, store) = full_pools(&["db"]).await;
    let mut waits = Waits::new();
    let requests = (0..waiting).map(|at| request(&format!("r{at:05}"), &[("db", 1)]));
    begin(&store, &mut waits, requests.collect()).await;
    let (reads, commits) = (records.reads(), records.commits());
    store.free_concurrency_slots("holder", "db", None).await.unwrap();
    let lease = waits.join_next().await.unwrap().unwrap();
    assert_eq!(lease.grant().run_id, "r00000");
    settled().await;
    assert_eq!(store.get_pool_info("db").await.unwrap().claimed, 1);
    (records.reads() - reads, records.commits() - commits)
}

#[tokio::test]
async fn a_release_wakes_one_wait_however_many_there_are() {
    let (few, commits) = cost_of_a_release(3).await;
    let (many, commits_of_many) = cost_of_a_release(10_000).await;
    assert!(few <= 30, "{few} reads");
    assert_eq!(many, few);
    assert_eq!((commits, commits_of_many), (2, 2), "the release and the grant");
}

/// Tries of transactions when a slot of 'db' is released, the release among them.
async fn tries_of_a_release(records: &Simulated, store: &Storage) -> u64 {
    let tries = records.tries();
    store.free_concurrency_slots("holder", "db", None).await.unwrap();
    settled().await;
    records.tries() - tries
}

#[tokio::test]
async fn a_release_wakes_no_wait_that_another_pool_blocks() {
    let others: Vec<String> = (0..50).map(|at| format!("own-{at}")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let (records, store) = full_pools(&[&["db"], &others[..]].concat()).await;
    let mut waits = Waits::new();
    let requests = others.iter().map(|other| request(other, &[("db", 1), (other, 1)]));
    begin(&store, &mut waits, requests.collect()).await;
    assert_eq!(tries_of_a_release(&records, &store).await, 1);
    store.free_concurrency_slots("holder", "own-7", None).await.unwrap();
    let lease = waits.join_next().await.unwrap().unwrap();
    assert_eq!(lease.grant().run_id, "own-7");
}

#[tokio::test]
async fn a_release_wakes_one_of_the_lines_that_fit() {
    let (records, store) = full_pools(&["db"]).await;
    let others = ["a", "b", "c", "d"];
    for other in others {
        store.set_pool_limit(other, 1, Some(60_000)).await.unwrap();
    }
    let mut waits = Waits::new();
    let requests = others.iter().map(|other| request(other, &[("db", 1), (other, 1)]));
    begin(&store, &mut waits, requests.collect()).await;
    assert_eq!(tries_of_a_release(&records, &store).await, 2, "the release and the grant");
    let lease = waits.join_next().await.unwrap().unwrap();
    assert_eq!(lease.grant().run_id, "a");
}

#[tokio::test]
async fn a_release_of_too_few_slots_wakes_no_wait() {
    let (records, store) = full_pools(&["db"]).await;
    store.set_pool_limit("db", 2, Some(60_000)).await.unwrap();
    store.claim_concurrency_slots(SlotClaim::new("other", "s", &[("db", 1)])).await.unwrap();
    let mut waits = Waits::new();
    let requests = (0..20).map(|at| request(&format!("r{at}"), &[("db", 2)]));
    begin(&store, &mut waits, requests.collect()).await;
    assert_eq!(tries_of_a_release(&records, &store).await, 1);
}

#[tokio::test]
async fn a_wait_behind_a_reservation_wakes_when_the_head_is_blocked_in_another_pool() {
    let (_, store) = full_pools(&["db"]).await;
    store.set_pool_limit("api", 1, Some(60_000)).await.unwrap();
    store.claim_concurrency_slots(SlotClaim::new("head", "s", &[("db", 1), ("api", 1)])).await.unwrap();
    let mut waits = Waits::new();
    begin(&store, &mut waits, vec![request("behind", &[("db", 1)])]).await;
    store.free_concurrency_slots("holder", "db", None).await.unwrap();
    settled().await;
    assert_eq!(store.get_pool_info("db").await.unwrap().claimed, 0, "the slot is reserved for the head, which fits");
    let urgent = SlotClaim { priority: 1, ..SlotClaim::new("urgent", "s", &[("api", 1)]) };
    store.claim_concurrency_slots(urgent).await.unwrap();
    let lease = waits.join_next().await.unwrap().unwrap();
    assert_eq!(lease.grant().run_id, "behind");
}

#[tokio::test]
async fn waits_read_nothing_between_changes() {
    let (records, store) = full_pools(&["db", "api"]).await;
    let mut waits = Waits::new();
    let requests = (0..500).map(|at| request(&format!("r{at:05}"), &[("db", 1), ("api", 1)]));
    begin(&store, &mut waits, requests.collect()).await;
    let (reads, commits) = (records.reads(), records.commits());
    settled().await;
    assert_eq!((records.reads(), records.commits()), (reads, commits));
}

#[tokio::test]
async fn lines_are_served_in_the_order_of_the_queue() {
    let (records, store) = full_pools(&["db", "api"]).await;
    let mut waits = Waits::new();
    let wanted: [&[(&str, i64)]; 4] = [&[("db", 1)], &[("db", 1), ("api", 1)], &[("api", 1), ("db", 1)], &[("db", 1)]];
    let requests = wanted.iter().enumerate().map(|(at, pools)| request(&format!("r{at}"), pools)).collect();
    begin(&store, &mut waits, requests).await;
    store.free_concurrency_slots("holder", "api", None).await.unwrap();
    settled().await;
    assert_eq!(store.get_pool_info("api").await.unwrap().claimed, 0, "each claim for it names 'db', too");
    store.free_concurrency_slots("holder", "db", None).await.unwrap();
    for at in 0..4 {
        let lease = waits.join_next().await.unwrap().unwrap();
        assert_eq!(lease.grant().run_id, format!("r{at}"));
        recount::check(&records);
        lease.release().await.unwrap();
    }
}

#[tokio::test]
async fn two_storage_objects_that_wait_for_one_step_come_to_rest() {
    let tries = AtomicU64::new(0);
    let too_many = move || if tries.fetch_add(1, Ordering::SeqCst) < 100 { Fault::None } else { Fault::CrashBefore };
    let records = Arc::new(Simulated::with_faults(NOW, too_many));
    let store = open(&records).await;
    store.set_pool_limit("db", 2, None).await.unwrap();
    store.claim_concurrency_slots(SlotClaim::new("holder", "db", &[("db", 2)])).await.unwrap();
    let mut waits = JoinSet::new();
    for slots in [1, 2] {
        let waiter = Storage::at(&store.open, store.location());
        let request = request("step", &[("db", slots)]);
        waits.spawn(async move { waiter.acquire_slots(request, CancellationToken::new()).await });
        settled().await;
    }
    assert!(!records.crashed(), "their transactions end");
    store.free_concurrency_slots("holder", "db", None).await.unwrap();
    settled().await;
    assert!(!records.crashed(), "their transactions end");
    let ended: Vec<_> = waits.join_all().await.into_iter().map(|lease| lease.map_err(|error| error.code())).collect();
    assert!(matches!(ended.as_slice(), [Ok(_), Err(Code::Cancelled)] | [Err(Code::Cancelled), Ok(_)]));
    recount::check(&records);
}

#[tokio::test]
async fn claims_pass_no_tombstones_of_long_ago() {
    let (records, store) = full_pools(&["db"]).await;
    store.set_pool_limit("q", 1, Some(1000)).await.unwrap();
    let mut waiting = 0;
    let mut tombstones = Vec::new();
    for round in 0..120 {
        let before = records.tombstones();
        for at in 0..20 {
            store.claim_concurrency_slots(SlotClaim::new(&format!("a{round}-{at}"), "s", &[("q", 1)])).await.unwrap();
            store.claim_concurrency_slots(SlotClaim::new(&format!("b{waiting}"), "s", &[("q", 1)])).await.unwrap();
            store.get_pool_info("q").await.unwrap();
            store.free_concurrency_slots(&format!("a{round}-{at}"), "s", None).await.unwrap();
            store.free_concurrency_slots(&format!("b{waiting}"), "s", None).await.unwrap();
            waiting += 1;
        }
        store.advance_time(500).await.unwrap();
        tombstones.push(records.tombstones() - before);
    }
    let (early, late) = (tombstones[40..45].iter().sum::<u64>(), tombstones[115..].iter().sum::<u64>());
    assert!(late <= early * 2, "tombstones passed in five rounds of 20: {early} after 20 s, {late} after a minute");
}

#[tokio::test]
async fn the_waiters_of_a_pool_are_listed_with_what_blocks_each() {
    let (_, store) = full_pools(&["db", "api"]).await;
    let mut waits = Waits::new();
    let requests = vec![
        request("both", &[("db", 1), ("api", 1)]),
        Acquire { timeout_ms: Some(1000), ..request("wide", &[("db", 2)]) },
        Acquire { claim: SlotClaim { priority: 5, ..request("first", &[("db", 1)]).claim }, ..request("first", &[]) },
    ];
    begin(&store, &mut waits, requests).await;
    let waiters = store.get_pool_waiters("db").await.unwrap();
    let shown: Vec<_> = waiters
        .iter()
        .map(|waiter| {
            let blocked: Vec<&str> = waiter.reason.pools.iter().map(|pool| pool.pool_key.as_str()).collect();
            (
                waiter.run_id.as_str(),
                waiter.position,
                waiter.priority,
                waiter.slots,
                blocked,
                waiter.reason.unsatisfiable,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("first", 1, 5, 1, vec!["db"], false),
            ("both", 2, 0, 1, vec!["db", "api"], false),
            ("wide", 3, 0, 2, vec!["db"], true),
        ]
    );
    assert!(waiters.iter().all(|waiter| waiter.enqueued_at == NOW));
    assert_eq!(store.get_pool_waiters("api").await.unwrap().len(), 1);
    assert_eq!(store.get_pool_waiters("unknown").await.unwrap(), []);
}

#[tokio::test]
async fn a_claim_that_is_shown_as_waiting_may_be_granted_by_its_next_call() {
    let (_, store) = full_pools(&["db"]).await;
    store.claim_concurrency_slots(SlotClaim::new("polls", "s", &[("db", 1)])).await.unwrap();
    store.free_concurrency_slots("holder", "db", None).await.unwrap();
    let [waiter] = store.get_pool_waiters("db").await.unwrap().try_into().unwrap();
    assert_eq!((waiter.reason.pools[0].claimed, waiter.reason.reserved), (0, false));
    let late = store.claim_concurrency_slots(SlotClaim::new("late", "s", &[("db", 1)])).await.unwrap();
    assert!(matches!(late, rivers_storage::pools::ClaimStatus::Pending { reason, .. } if reason.reserved));
    let waiters = store.get_pool_waiters("db").await.unwrap();
    assert!(waiters[1].reason.reserved);
    store.advance_time(15_000).await.unwrap();
    assert_eq!(store.get_pool_waiters("db").await.unwrap(), [], "expired queue entries are not shown");
}

#[tokio::test]
async fn the_events_of_a_lease_are_stored_with_its_changes() {
    let (_, store) = full_pools(&["db", "api"]).await;
    let mut waits = Waits::new();
    let claim = SlotClaim { lease_ms: Some(3000), ..SlotClaim::new("r", "step", &[("db", 1), ("api", 1)]) };
    let request = Acquire { claim, timeout_ms: None, renew: true, events: true };
    begin(&store, &mut waits, vec![request]).await;
    store.free_concurrency_slots_for_run("holder").await.unwrap();
    let lease = waits.join_next().await.unwrap().unwrap();
    store.advance_time(1000).await.unwrap();
    lease.release().await.unwrap();
    lease.release().await.unwrap();
    let events = store.get_events_for_run("r", None, None).await.unwrap();
    let shown: Vec<_> =
        events.iter().map(|event| (event.event_type, event.timestamp, event.metadata.clone())).collect();
    let metadata = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    assert_eq!(
        shown,
        [
            (EventType::StepSlotWaiting, NOW, metadata("reason", "pools full: 'db' (1/1), 'api' (1/1)")),
            (EventType::StepSlotClaimed, NOW, metadata("pools", "db,api")),
            (EventType::StepSlotRenewed, NOW + 1000, vec![]),
            (EventType::StepSlotReleased, NOW + 1000, vec![]),
        ]
    );
    assert!(events.iter().all(|event| event.asset_key.as_deref() == Some("step")));
}
