//! Changes of a run's status and of its reason to wait.

use rivers_storage::Code;
use rivers_storage::runs::RunStatus;

use crate::help::{NOW, World, code, ids, run, run_in, status_of, stored};

#[tokio::test]
async fn a_status_is_updated_with_its_end_time() {
    let world = World::new().await;
    let store = &world.store;
    store.create_runs(vec![run("r")]).await.unwrap();
    store.update_run_status("r".to_owned(), RunStatus::Started, None).await.unwrap();
    assert_eq!(stored(store, "r").await.end_time, None);
    world.advance_to(NOW + 5);
    store.update_run_status("r".to_owned(), RunStatus::Success, None).await.unwrap();
    let ended = stored(store, "r").await;
    assert_eq!((ended.status, ended.end_time), (RunStatus::Success, Some(NOW + 5)));
}

#[tokio::test]
async fn an_unknown_run_is_not_found() {
    let store = World::new().await.store;
    assert_eq!(code(store.update_run_status("r".to_owned(), RunStatus::Started, None).await), Code::NotFound);
    assert_eq!(code(store.try_start_run("r".to_owned()).await), Code::NotFound);
    assert_eq!(code(store.set_run_block_reason("r".to_owned(), None).await), Code::NotFound);
}

#[tokio::test]
async fn a_late_writer_does_not_flip_a_terminal_status() {
    let world = World::new().await;
    let store = &world.store;
    store.create_runs(vec![run_in("r", RunStatus::Started)]).await.unwrap();
    store.update_run_status("r".to_owned(), RunStatus::Failure, Some(7)).await.unwrap();
    let before = stored(store, "r").await;
    let commits = world.records.commits();
    assert_eq!(code(store.update_run_status("r".to_owned(), RunStatus::Success, None).await), Code::Conflict);
    store.update_run_status("r".to_owned(), RunStatus::Failure, Some(9)).await.unwrap();
    assert_eq!(stored(store, "r").await, before);
    assert_eq!(world.records.commits(), commits);
}

#[tokio::test]
async fn a_run_is_started_exactly_once() {
    let store = World::new().await.store;
    store.create_runs(vec![run("r"), run_in("q", RunStatus::Queued)]).await.unwrap();
    for id in ["r", "q"] {
        assert!(store.try_start_run(id.to_owned()).await.unwrap());
        assert!(!store.try_start_run(id.to_owned()).await.unwrap());
        assert_eq!(status_of(&store, id).await, RunStatus::Started);
    }
}

#[tokio::test]
async fn starting_does_not_resurrect_a_run_that_is_over() {
    let store = World::new().await.store;
    for status in [RunStatus::Success, RunStatus::Failure, RunStatus::Canceled] {
        let id = status.as_str();
        store.create_runs(vec![run_in(id, status)]).await.unwrap();
        assert!(!store.try_start_run(id.to_owned()).await.unwrap());
        assert_eq!(status_of(&store, id).await, status);
    }
}

#[tokio::test]
async fn a_cancelled_run_is_not_resurrected_by_a_late_dequeue() {
    let store = World::new().await.store;
    store.enqueue_runs(vec![run("r")]).await.unwrap();
    assert!(store.cancel_queued_run("r".to_owned()).await.unwrap());
    assert_eq!(code(store.update_run_status("r".to_owned(), RunStatus::NotStarted, None).await), Code::Conflict);
    assert_eq!(status_of(&store, "r").await, RunStatus::Canceled);
}

#[tokio::test]
async fn of_two_coordinators_one_launches_the_run() {
    for seed in 1..=50 {
        let world = World::contentious(seed).await;
        let start = || world.store.try_start_run("r".to_owned());
        world.store.enqueue_runs(vec![run("r")]).await.unwrap();
        let (one, other) = tokio::join!(start(), start());
        assert_ne!(one.unwrap(), other.unwrap(), "seed {seed}");
    }
}

#[tokio::test]
async fn a_run_enters_and_leaves_the_queue_with_its_status() {
    let store = World::new().await.store;
    store.create_runs(vec![run("r")]).await.unwrap();
    assert!(store.get_queued_runs().await.unwrap().is_empty());
    store.update_run_status("r".to_owned(), RunStatus::Queued, None).await.unwrap();
    assert_eq!(ids(&store.get_queued_runs().await.unwrap()), ["r"]);
    store.update_run_status("r".to_owned(), RunStatus::NotStarted, None).await.unwrap();
    assert!(store.get_queued_runs().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_reason_to_wait_is_cleared_when_the_wait_is_over() {
    let store = World::new().await.store;
    let reason = Some("global run limit (10/10)".to_owned());
    store.enqueue_runs(vec![run("r")]).await.unwrap();
    store.set_run_block_reason("r".to_owned(), reason.clone()).await.unwrap();
    assert_eq!(store.get_queued_runs().await.unwrap()[0].block_reason, reason);
    store.set_run_block_reason("r".to_owned(), None).await.unwrap();
    assert_eq!(stored(&store, "r").await.block_reason, None);
    store.set_run_block_reason("r".to_owned(), reason.clone()).await.unwrap();
    store.try_start_run("r".to_owned()).await.unwrap();
    assert_eq!(stored(&store, "r").await.block_reason, None);
    store.set_run_block_reason("r".to_owned(), reason).await.unwrap();
    assert_eq!(stored(&store, "r").await.block_reason, None, "a coordinator that is late");
}
