//! Outcomes and progress.

use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::partitions::PartitionKey;
use rivers_storage::pools::{Acquire, SlotClaim};
use rivers_storage::runs::{RunOutcome, RunOutcomeStatus, RunProgress, RunStatus};
use rivers_storage_testing::Storage;
use tokio_util::sync::CancellationToken;

use crate::help::{NOW, World, claim, contended_pool, ids, run, run_in, stored, use_of_pool, with_status};

fn outcome(status: RunOutcomeStatus, message: Option<&str>) -> RunOutcome {
    RunOutcome { status, completed_steps: 3, total_steps: 2, message: message.map(str::to_owned) }
}

async fn told(store: &Storage, given: RunOutcome) -> RunOutcome {
    store.set_run_outcome("r".to_owned(), given).await.unwrap();
    store.get_run_outcome("r").await.unwrap().unwrap()
}

#[tokio::test]
async fn only_a_failure_has_a_message() {
    use RunOutcomeStatus::{Cancelled, Failure, Success};
    let store = World::new().await.store;
    let boom = outcome(Failure, Some("boom"));
    assert_eq!(told(&store, boom.clone()).await, boom);
    assert_eq!(told(&store, outcome(Failure, None)).await, outcome(Failure, Some("unknown error")));
    assert_eq!(told(&store, outcome(Failure, Some(""))).await, outcome(Failure, Some("")));
    assert_eq!(told(&store, outcome(Success, Some("ignored"))).await, outcome(Success, None));
    assert_eq!(told(&store, outcome(Cancelled, Some("ignored"))).await, outcome(Cancelled, None));
    let many = RunOutcome { completed_steps: u32::MAX, total_steps: u32::MAX, ..outcome(Success, None) };
    assert_eq!(told(&store, many.clone()).await, many);
}

#[tokio::test]
async fn of_an_unknown_run_only_the_outcome_is_kept() {
    let store = World::new().await.store;
    contended_pool(&store, "r").await;
    told(&store, outcome(RunOutcomeStatus::Success, None)).await;
    assert_eq!(store.get_run("r").await.unwrap(), None);
    assert!(with_status(&store, RunStatus::Success).await.is_empty());
    assert_eq!(use_of_pool(&store).await, (1, 1));
    assert_eq!(store.get_run_outcome("unknown").await.unwrap(), None);
}

#[tokio::test]
async fn an_outcome_ends_the_run_and_the_last_one_wins() {
    let world = World::new().await;
    let store = &world.store;
    store.enqueue_runs(vec![run("r")]).await.unwrap();
    told(store, outcome(RunOutcomeStatus::Failure, None)).await;
    assert!(store.get_queued_runs().await.unwrap().is_empty());
    assert_eq!(ids(&with_status(store, RunStatus::Failure).await), ["r"]);
    world.advance_to(NOW + 5);
    told(store, outcome(RunOutcomeStatus::Cancelled, None)).await;
    assert!(with_status(store, RunStatus::Failure).await.is_empty());
    let ended = stored(store, "r").await;
    assert_eq!((ended.status, ended.end_time), (RunStatus::Canceled, Some(NOW)));
}

#[tokio::test]
async fn an_outcome_frees_what_the_run_holds_and_waits_for() {
    let store = World::new().await.store;
    contended_pool(&store, "r").await;
    store.create_runs(vec![run_in("holder", RunStatus::Started), run_in("r", RunStatus::Started)]).await.unwrap();
    told(&store, outcome(RunOutcomeStatus::Success, None)).await;
    assert_eq!(use_of_pool(&store).await, (1, 0));
    claim(&store, "third").await;
    store.set_run_outcome("holder".to_owned(), outcome(RunOutcomeStatus::Success, None)).await.unwrap();
    assert_eq!(use_of_pool(&store).await, (0, 1));
}

#[tokio::test]
async fn a_lease_that_is_kept_is_lost_with_the_run_it_is_freed_for() {
    let store = World::new().await.store;
    store.set_pool_limit("pool", 1, None).await.unwrap();
    let claim = SlotClaim::new("r", "step", &[("pool", 1)]);
    let acquire = Acquire { claim, timeout_ms: None, renew: false, events: false };
    let lease = store.acquire_slots(acquire, CancellationToken::new()).await.unwrap();
    told(&store, outcome(RunOutcomeStatus::Success, None)).await;
    assert!(lease.is_live(), "of an unknown run nothing is freed");
    store.create_runs(vec![run("r")]).await.unwrap();
    told(&store, outcome(RunOutcomeStatus::Success, None)).await;
    assert!(!lease.is_live());
}

#[tokio::test]
async fn an_outcome_is_not_a_key_of_the_users() {
    let store = World::new().await.store;
    told(&store, outcome(RunOutcomeStatus::Success, None)).await;
    assert_eq!(store.kv_get("run_outcome:r").await.unwrap(), None);
}

async fn happened(store: &Storage, events: &[(EventType, Option<&str>, i64)]) {
    let event = |(event_type, step, time): &(EventType, Option<&str>, i64)| NewEvent {
        asset_key: step.map(str::to_owned),
        timestamp: Some(*time),
        ..NewEvent::new(*event_type, "r")
    };
    store.store_events(events.iter().map(event).collect()).await.unwrap();
}

#[tokio::test]
async fn progress_counts_distinct_steps() {
    use EventType::{Materialization, StepFailure, StepRetry, StepStart, StepSuccess};
    let store = World::new().await.store;
    assert_eq!(store.get_run_progress("r").await.unwrap(), RunProgress::default());
    let events = [
        (StepStart, Some("a"), 1),
        (StepStart, Some("b"), 1),
        (StepStart, Some("b"), 2),
        (StepStart, None, 2),
        (StepStart, Some("c"), 2),
        (StepRetry, Some("c"), 3),
        (Materialization, Some("c"), 3),
        (StepFailure, Some("a"), 4),
        (StepSuccess, Some("b"), 9),
        (StepSuccess, Some("a"), 8),
        (StepFailure, Some("never started"), 7),
        (StepSuccess, None, 10),
    ];
    happened(&store, &events).await;
    let expected = RunProgress {
        completed_steps: 3,
        total_steps: 3,
        last_completed_step: Some("b".to_owned()),
        last_step_completed_at: Some(9),
    };
    assert_eq!(store.get_run_progress("r").await.unwrap(), expected);
    assert_eq!(store.get_run_progress("s").await.unwrap(), RunProgress::default());
}

#[tokio::test]
async fn a_partition_that_failed_does_not_end_its_step() {
    let store = World::new().await.store;
    happened(&store, &[(EventType::StepStart, Some("a"), 1)]).await;
    let failed = NewEvent {
        asset_key: Some("a".to_owned()),
        partition_key: Some(PartitionKey::single("p")),
        ..NewEvent::new(EventType::StepFailure, "r")
    };
    store.store_events(vec![failed]).await.unwrap();
    let progress = RunProgress { total_steps: 1, ..RunProgress::default() };
    assert_eq!(store.get_run_progress("r").await.unwrap(), progress);
}
