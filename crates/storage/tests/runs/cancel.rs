//! Cancelling: in the queue, by flag, and in a race with the start.

use rivers_storage::Code;
use rivers_storage::pools::{Acquire, SlotClaim};
use rivers_storage::runs::RunStatus;
use tokio_util::sync::CancellationToken;

use crate::help::{NOW, World, contended_pool, run, run_in, status_of, stored, use_of_pool};

#[tokio::test]
async fn a_waiting_run_is_cancelled_once() {
    let store = World::new().await.store;
    store.create_runs(vec![run("r"), run_in("q", RunStatus::Queued)]).await.unwrap();
    for id in ["r", "q"] {
        assert!(store.cancel_queued_run(id.to_owned()).await.unwrap());
        assert!(!store.cancel_queued_run(id.to_owned()).await.unwrap(), "it was cancelled before");
        let run = stored(&store, id).await;
        assert_eq!((run.status, run.end_time), (RunStatus::Canceled, Some(NOW)));
        assert!(!store.is_cancelled(id).await.unwrap(), "the flag is another matter");
    }
    assert!(!store.cancel_queued_run("unknown".to_owned()).await.unwrap());
}

#[tokio::test]
async fn cancelling_takes_the_runs_waiters_and_leaves_others() {
    let store = World::new().await.store;
    contended_pool(&store, "r").await;
    store.create_runs(vec![run("r")]).await.unwrap();
    assert_eq!(use_of_pool(&store).await, (1, 1));
    assert!(store.cancel_queued_run("r".to_owned()).await.unwrap());
    assert_eq!(use_of_pool(&store).await, (1, 0));
}

#[tokio::test]
async fn cancelling_frees_no_slots() {
    let store = World::new().await.store;
    contended_pool(&store, "r").await;
    store.create_runs(vec![run("holder")]).await.unwrap();
    assert!(store.cancel_queued_run("holder".to_owned()).await.unwrap());
    assert_eq!(use_of_pool(&store).await, (1, 1));
}

#[tokio::test]
async fn a_started_run_keeps_its_waiters_when_cancelling_fails() {
    let store = World::new().await.store;
    contended_pool(&store, "r").await;
    store.create_runs(vec![run_in("r", RunStatus::Started)]).await.unwrap();
    assert!(!store.cancel_queued_run("r".to_owned()).await.unwrap());
    assert_eq!(use_of_pool(&store).await, (1, 1));
    assert_eq!(status_of(&store, "r").await, RunStatus::Started);
}

#[tokio::test]
async fn cancellation_is_requested_of_any_id() {
    let world = World::new().await;
    for id in ["r", "", "a/b", "`x`", "nul\0", "🚀"] {
        assert!(!world.store.is_cancelled(id).await.unwrap());
        world.store.request_cancellation(id.to_owned()).await.unwrap();
        assert!(world.at("elsewhere").is_cancelled(id).await.unwrap());
        assert_eq!(world.store.get_run(id).await.unwrap(), None);
    }
    let commits = world.records.commits();
    world.store.request_cancellation("r".to_owned()).await.unwrap();
    assert_eq!(world.records.commits(), commits, "requested already");
}

#[tokio::test]
async fn a_flag_is_not_a_key_of_the_users() {
    let store = World::new().await.store;
    store.kv_set("cancel:r".to_owned(), vec![1]).await.unwrap();
    assert!(!store.is_cancelled("r").await.unwrap());
    store.request_cancellation("s".to_owned()).await.unwrap();
    assert_eq!(store.kv_get("cancel:s").await.unwrap(), None);
}

#[tokio::test]
async fn whoever_waits_for_slots_learns_of_a_cancellation() {
    let store = World::new().await.store;
    store.create_runs(vec![run("r")]).await.unwrap();
    store.set_pool_limit("db", 1, None).await.unwrap();
    store.claim_concurrency_slots(SlotClaim::new("holder", "s", &[("db", 1)])).await.unwrap();
    let wait = |run: &'static str| {
        let (store, claim) = (store.clone(), SlotClaim::new(run, "s", &[("db", 1)]));
        let request = Acquire { claim, timeout_ms: None, renew: true, events: false };
        tokio::spawn(async move { store.acquire_slots(request, CancellationToken::new()).await.map(|_| ()) })
    };
    let waits = ["requested", "r"].map(wait);
    while store.get_pool_info("db").await.unwrap().pending < 2 {
        tokio::task::yield_now().await;
    }
    store.request_cancellation("requested".to_owned()).await.unwrap();
    store.cancel_queued_run("r".to_owned()).await.unwrap();
    for wait in waits {
        assert_eq!(wait.await.unwrap().unwrap_err().code(), Code::Cancelled);
    }
    assert_eq!(store.get_pool_info("db").await.unwrap().pending, 0);
}

#[tokio::test]
async fn of_cancelling_and_starting_exactly_one_wins() {
    let mut started = 0;
    for seed in 1..=200 {
        let world = World::contentious(seed).await;
        let store = &world.store;
        store.enqueue_runs(vec![run("r")]).await.unwrap();
        let (cancel, start) =
            tokio::join!(store.cancel_queued_run("r".to_owned()), store.try_start_run("r".to_owned()));
        let (cancel, start) = (cancel.unwrap(), start.unwrap());
        assert_ne!(cancel, start, "seed {seed}");
        let expected = if start { RunStatus::Started } else { RunStatus::Canceled };
        assert_eq!(status_of(store, "r").await, expected, "seed {seed}");
        started += u32::from(start);
    }
    assert!((20..=180).contains(&started), "the seeds decide {started} of 200 races for the start");
}
