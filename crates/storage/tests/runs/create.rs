//! Creating and enqueueing, once and again.

use rivers_storage::Code;
use rivers_storage::events::EventType;
use rivers_storage::partitions::PartitionKey;
use rivers_storage::runs::{LaunchKind, LaunchedBy, NewRun, RunOutcomeStatus, RunRecord, RunStatus, UserRef};

use crate::help::{NOW, World, code, events_of, ids, newest, pairs, run, run_at, run_in, status_of, stored};

fn partition(values: &[&str]) -> PartitionKey {
    PartitionKey::Single(values.iter().map(|value| (*value).to_owned()).collect())
}

fn full() -> NewRun {
    NewRun {
        run_id: "r".to_owned(),
        job_name: Some(Some("job/üñ".to_owned())),
        status: Some(RunStatus::Queued),
        start_time: Some(-5),
        tags: Some(pairs(&[("k", "v"), ("k", "v2"), ("", ""), ("🚀", "a=b,c|d")])),
        node_names: Some(vec!["b".to_owned(), "a".to_owned(), "b".to_owned()]),
        priority: Some(i32::MIN),
        partition_key: Some(Some(partition(&["b", "a", "b"]))),
        block_reason: Some(Some("pool 'db' full (1/1)".to_owned())),
        launched_by: Some(LaunchedBy {
            user: Some(UserRef { subject: "u".to_owned(), email: None, name: Some("Ü".to_owned()) }),
            ..LaunchedBy::MANUAL
        }),
    }
}

#[tokio::test]
async fn every_field_survives() {
    let store = World::new().await.store;
    store.create_runs(vec![full()]).await.unwrap();
    let expected = RunRecord {
        run_id: "r".to_owned(),
        job_name: Some("job/üñ".to_owned()),
        status: RunStatus::Queued,
        start_time: -5,
        end_time: None,
        tags: full().tags.unwrap(),
        node_names: full().node_names.unwrap(),
        priority: i32::MIN,
        partition_key: Some(partition(&["a", "b"])),
        block_reason: Some("pool 'db' full (1/1)".to_owned()),
        launched_by: full().launched_by.unwrap(),
    };
    assert_eq!(stored(&store, "r").await, expected);
}

#[tokio::test]
async fn every_way_to_launch_survives() {
    let store = World::new().await.store;
    let names = ["manual", "schedule", "sensor", "backfill", "condition"];
    assert_eq!(LaunchKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), names);
    for name in names {
        let launched_by = LaunchedBy {
            kind: LaunchKind::parse(name).unwrap(),
            name: Some(String::new()),
            backfill_id: Some("b".to_owned()),
            user: None,
        };
        store.create_runs(vec![NewRun { launched_by: Some(launched_by.clone()), ..run(name) }]).await.unwrap();
        assert_eq!(stored(&store, name).await.launched_by, launched_by);
    }
    assert_eq!(LaunchKind::parse("Manual"), None);
}

#[tokio::test]
async fn statuses_have_the_names_of_the_contract() {
    let names = RunStatus::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["Queued", "NotStarted", "Started", "Success", "Failure", "Canceled"]);
    let outcomes = RunOutcomeStatus::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>();
    assert_eq!(outcomes, ["Success", "Failure", "Cancelled"]);
    assert_eq!((RunStatus::parse("Cancelled"), RunOutcomeStatus::parse("Canceled")), (None, None));
}

#[tokio::test]
async fn what_is_not_given_has_its_default() {
    let store = World::new().await.store;
    store.create_runs(vec![NewRun { job_name: Some(Some(String::new())), ..run("") }]).await.unwrap();
    let expected = RunRecord {
        run_id: String::new(),
        job_name: None,
        status: RunStatus::NotStarted,
        start_time: NOW,
        end_time: None,
        tags: Vec::new(),
        node_names: Vec::new(),
        priority: 0,
        partition_key: None,
        block_reason: None,
        launched_by: LaunchedBy::MANUAL,
    };
    assert_eq!(stored(&store, "").await, expected);
    assert_eq!(store.get_run("unknown").await.unwrap(), None);
}

#[tokio::test]
async fn a_creation_repeated_changes_nothing_whatever_the_run_became() {
    let world = World::new().await;
    world.store.create_runs(vec![full()]).await.unwrap();
    world.store.set_run_block_reason("r".to_owned(), Some("another".to_owned())).await.unwrap();
    world.store.try_start_run("r".to_owned()).await.unwrap();
    let before = stored(&world.store, "r").await;
    let commits = world.records.commits();
    let other_spelling = NewRun { partition_key: Some(Some(partition(&["a", "b"]))), ..full() };
    for again in [full(), run("r"), run_in("r", RunStatus::Failure), other_spelling] {
        world.store.create_runs(vec![again]).await.unwrap();
    }
    assert_eq!(stored(&world.store, "r").await, before);
    assert_eq!(world.records.commits(), commits);
}

#[tokio::test]
async fn another_run_under_the_same_id_is_a_conflict() {
    let world = World::new().await;
    world.store.create_runs(vec![full()]).await.unwrap();
    let others = [
        NewRun { job_name: Some(None), ..full() },
        NewRun { job_name: Some(Some("other".to_owned())), ..full() },
        NewRun { start_time: Some(NOW), ..full() },
        NewRun { tags: Some(pairs(&[("k", "v2"), ("k", "v")])), ..full() },
        NewRun { node_names: Some(Vec::new()), ..full() },
        NewRun { priority: Some(0), ..full() },
        NewRun { partition_key: Some(None), ..full() },
        NewRun { partition_key: Some(Some(partition(&["a"]))), ..full() },
        NewRun { block_reason: Some(None), ..full() },
        NewRun { launched_by: Some(LaunchedBy::MANUAL), ..full() },
        NewRun { launched_by: Some(LaunchedBy { kind: LaunchKind::Condition, ..LaunchedBy::MANUAL }), ..full() },
    ];
    for other in others {
        assert_eq!(code(world.store.create_runs(vec![run("new"), other.clone()]).await), Code::Conflict, "{other:?}");
    }
    assert_eq!(code(world.at("elsewhere").create_runs(vec![full()]).await), Code::Conflict);
    assert_eq!(world.store.get_run("new").await.unwrap(), None);
    assert_eq!(stored(&world.store, "r").await.priority, i32::MIN);
}

#[tokio::test]
async fn a_run_named_twice_in_one_call_is_created_once() {
    let store = World::new().await.store;
    store.enqueue_runs(vec![run_at("r", 1), run_at("s", 1), run("r")]).await.unwrap();
    assert_eq!(ids(&newest(&store, 10).await), ["s", "r"]);
    assert_eq!(events_of(&store, "r").await.len(), 1);
    assert_eq!(code(store.create_runs(vec![run_at("t", 1), run_at("t", 2)]).await), Code::Conflict);
    assert_eq!(store.get_run("t").await.unwrap(), None);
}

#[tokio::test]
async fn no_runs_are_no_write() {
    let world = World::new().await;
    let commits = world.records.commits();
    world.store.create_runs(Vec::new()).await.unwrap();
    world.store.enqueue_runs(Vec::new()).await.unwrap();
    assert_eq!(world.records.commits(), commits);
}

#[tokio::test]
async fn a_run_is_enqueued_with_its_event() {
    let store = World::new().await.store;
    store.enqueue_runs(vec![NewRun { status: None, ..full() }, run_in("s", RunStatus::Queued)]).await.unwrap();
    assert_eq!(status_of(&store, "r").await, RunStatus::Queued);
    let events = events_of(&store, "r").await;
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((event.event_type, event.timestamp, &event.asset_key), (EventType::RunQueued, -5, &None));
    assert_eq!(event.metadata, pairs(&[("priority", "-2147483648")]));
    assert_eq!(event.partition_key, Some(partition(&["a", "b"])));
    assert_eq!(events_of(&store, "s").await[0].timestamp, NOW);
}

#[tokio::test]
async fn a_run_enqueued_again_has_one_event() {
    let store = World::new().await.store;
    store.enqueue_runs(vec![run("r")]).await.unwrap();
    store.try_start_run("r".to_owned()).await.unwrap();
    store.enqueue_runs(vec![run("r")]).await.unwrap();
    assert_eq!(status_of(&store, "r").await, RunStatus::Started);
    assert_eq!(events_of(&store, "r").await.len(), 1);
}

#[tokio::test]
async fn only_queued_runs_are_enqueued() {
    let store = World::new().await.store;
    let error = store.enqueue_runs(vec![run("r"), run_in("s", RunStatus::Started)]).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArg);
    assert!(error.message().contains("runs[1].status") && error.message().contains("Started"), "{error}");
    assert_eq!(store.get_run("r").await.unwrap(), None);
}

#[tokio::test]
async fn a_malformed_partition_key_is_refused() {
    let store = World::new().await.store;
    let malformed = NewRun { partition_key: Some(Some(PartitionKey::Single(Vec::new()))), ..run("s") };
    let error = store.create_runs(vec![run("r"), malformed]).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArg);
    assert!(error.message().contains("runs[1].partitionKey"), "{error}");
    assert_eq!(store.get_run("r").await.unwrap(), None);
}
