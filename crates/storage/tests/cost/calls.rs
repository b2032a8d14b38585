//! How many calls each operation reads with. On a store that is on a server each call is a round trip.

use std::sync::Arc;

use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::pools::SlotClaim;
use rivers_storage::runs::{NewRun, RunOutcome, RunOutcomeStatus};
use rivers_storage_testing::{Simulated, Storage, open, store};

const POOLS: [(&str, i64); 3] = [("a", 1), ("b", 1), ("c", 1)];

fn claim(run: &str, step: &str) -> SlotClaim {
    SlotClaim { wait_ttl_ms: 3_600_000, ..SlotClaim::new(run, step, &POOLS) }
}

/// Three pools of `limit` slots, which `holders` steps hold, and `waiters` wait for.
async fn pools(limit: i64, holders: usize, waiters: usize) -> (Arc<Simulated>, Storage) {
    let (records, store) = store().await;
    for (pool, _) in POOLS {
        store.set_pool_limit(pool, limit, Some(60_000)).await.unwrap();
    }
    for at in 0..holders + waiters {
        let run = if at < holders { "holder" } else { "waiter" };
        store.claim_concurrency_slots(claim(run, &format!("{at:03}"))).await.unwrap();
    }
    (records, store)
}

async fn calls<T>(records: &Simulated, work: impl Future<Output = T>) -> u64 {
    let before = records.calls();
    work.await;
    records.calls() - before
}

macro_rules! reads {
    ($records:ident, $calls:literal: $work:expr) => {
        assert_eq!(calls(&$records, async { $work.await.unwrap() }).await, $calls, stringify!($work));
    };
}

#[tokio::test]
async fn claims_and_releases() {
    let (records, store) = pools(2, 0, 0).await;
    reads!(records, 1: store.claim_concurrency_slots(claim("r", "s")));
    reads!(records, 2: store.renew_slot_lease("r", "s", None, None));
    reads!(records, 1: store.renew_slot_lease("r", "s", Some(120_000), None));
    reads!(records, 2: store.renew_slot_lease("r", "s", Some(1000), None));
    reads!(records, 2: store.free_concurrency_slots("r", "s", None));
    reads!(records, 1: store.get_pool_info("a"));
}

#[tokio::test]
async fn what_is_shown_of_waiters() {
    for waiters in [2, 20, 200] {
        let (records, store) = pools(1, 1, waiters).await;
        reads!(records, 4: store.get_pool_waiters("a"));
    }
}

#[tokio::test]
async fn limits_that_move_waiters() {
    for waiters in [2, 20] {
        let (records, store) = pools(1, 1, waiters).await;
        reads!(records, 4: store.set_pool_limit("a", 0, None));
        reads!(records, 4: store.set_pool_limit("a", 1, None));
    }
}

#[tokio::test]
async fn releases_of_a_run() {
    for holders in [1, 8] {
        let (records, store) = pools(8, holders, 0).await;
        reads!(records, 2: store.free_concurrency_slots_for_run("holder"));
        let (records, store) = pools(8, holders, 3).await;
        store.create_runs(vec![NewRun { run_id: "holder".to_owned(), ..NewRun::default() }]).await.unwrap();
        let outcome =
            RunOutcome { status: RunOutcomeStatus::Success, completed_steps: 0, total_steps: 0, message: None };
        reads!(records, 3: store.set_run_outcome("holder".to_owned(), outcome));
    }
}

#[tokio::test]
async fn sweeps_of_expired_leases() {
    for holders in [1, 10] {
        let (records, store) = pools(10, holders, 0).await;
        store.advance_time(60_000).await.unwrap();
        let info = calls(&records, async { store.get_pool_info("a").await.unwrap() }).await;
        assert!(info <= 2, "{info} calls");
        let claimed = calls(&records, async { store.claim_concurrency_slots(claim("r", "s")).await.unwrap() }).await;
        assert_eq!(claimed, 3, "for {holders} expired leases");
    }
}

#[tokio::test]
async fn a_sweep_of_pools_in_which_nothing_has_expired() {
    let (records, store) = pools(2, 1, 0).await;
    reads!(records, 1: store.free_expired_leases());
}

#[tokio::test]
async fn runs_whose_events_are_pruned() {
    let (records, store) = store().await;
    let runs = (0..600).map(|at| NewRun { run_id: format!("run {at:04}"), ..NewRun::default() });
    store.create_runs(runs.collect()).await.unwrap();
    let reads = records.reads();
    reads!(records, 1: store.prune_events(500, true));
    assert_eq!(records.reads(), reads, "no row is read");
}

#[tokio::test]
async fn an_opening() {
    let (records, _store) = pools(1, 1, 20).await;
    let records = Arc::new(records.restarted());
    let opened = calls(&records, async { open(&records).await }).await;
    assert_eq!(opened, 4, "the stamp, the time, the recovery and the deletions");
}

#[tokio::test]
async fn events_of_many_runs_that_are_pruned() {
    for with_rows in [true, false] {
        let (records, store) = store().await;
        for at in 0..600 {
            let run_id = format!("run {at:04}");
            if with_rows || at % 100 == 0 {
                store.create_runs(vec![NewRun { run_id: run_id.clone(), ..NewRun::default() }]).await.unwrap();
            }
            if with_rows {
                let event = NewEvent { timestamp: Some(1000), ..NewEvent::new(EventType::StepStart, run_id) };
                store.store_events(vec![event]).await.unwrap();
            }
        }
        // A run without a row, before, between and after those that have one.
        for run in ["a run", "run 0300 b", "run z"] {
            let event = NewEvent { timestamp: Some(1000), ..NewEvent::new(EventType::StepStart, run) };
            store.store_events(vec![event]).await.unwrap();
        }
        let looked = calls(&records, async { store.prune_events(500, true).await.unwrap() }).await;
        assert!(looked <= 12, "{looked} calls: four for each 256 runs");
        let pruned = store.prune_events(2000, true).await.unwrap();
        assert_eq!(pruned, if with_rows { 603 } else { 3 });
        assert_eq!(store.prune_events(2000, true).await.unwrap(), 0);
    }
}
