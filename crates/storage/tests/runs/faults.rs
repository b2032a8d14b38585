//! Every operation under conflicts, and under crashes before and after its commit: an acknowledged
//! one is there, an unacknowledged one is wholly there or not at all.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use rivers_storage::records::BoxFuture;
use rivers_storage::runs::{RunOutcome, RunOutcomeStatus, RunRecord, RunStatus};
use rivers_storage::{Code, Result};
use rivers_storage_testing::{Fault, Simulated, Storage};

use crate::help::{NOW, World, contended_pool, events_of, newest, run, run_in, use_of_pool, with_status};

type Operation = for<'s> fn(&'s Storage) -> BoxFuture<'s, Result<()>>;

fn operations() -> Vec<(&'static str, Operation)> {
    vec![
        ("create", |store| Box::pin(store.create_runs(vec![run("new"), run("newer")]))),
        ("enqueue", |store| Box::pin(store.enqueue_runs(vec![run("new"), run("newer")]))),
        ("update", |store| Box::pin(store.update_run_status("r".to_owned(), RunStatus::Success, None))),
        ("start", |store| Box::pin(async { store.try_start_run("r".to_owned()).await.map(drop) })),
        ("cancel", |store| Box::pin(async { store.cancel_queued_run("r".to_owned()).await.map(drop) })),
        ("request cancellation", |store| Box::pin(store.request_cancellation("r".to_owned()))),
        ("block", |store| Box::pin(store.set_run_block_reason("r".to_owned(), Some("full".to_owned())))),
        ("outcome", |store| Box::pin(store.set_run_outcome("r".to_owned(), failure()))),
    ]
}

const fn failure() -> RunOutcome {
    RunOutcome { status: RunOutcomeStatus::Failure, completed_steps: 1, total_steps: 2, message: None }
}

/// A store in which run 'r' is queued and waits for slots, and whose next commits go as told.
async fn prepared() -> (World, Arc<Mutex<VecDeque<Fault>>>) {
    let faults = Arc::new(Mutex::new(VecDeque::new()));
    let next = Arc::clone(&faults);
    let records = Simulated::with_faults(NOW, move || next.lock().unwrap().pop_front().unwrap_or(Fault::None));
    let world = World::over(records).await;
    contended_pool(&world.store, "r").await;
    world.store.create_runs(vec![run_in("r", RunStatus::Queued)]).await.unwrap();
    (world, faults)
}

/// All that the operations can change, as anybody can see it.
#[derive(Debug, PartialEq)]
struct Seen {
    runs: Vec<RunRecord>,
    by_status: Vec<RunRecord>,
    queued: Vec<RunRecord>,
    outcome: Option<RunOutcome>,
    cancelled: bool,
    use_of_pool: (i64, i64),
    events: Vec<usize>,
}

async fn seen(store: &Storage) -> Seen {
    let mut by_status = Vec::new();
    for status in RunStatus::ALL.iter().copied() {
        by_status.extend(with_status(store, status).await);
    }
    let mut events = Vec::new();
    for run in ["r", "new", "newer"] {
        events.push(events_of(store, run).await.len());
    }
    Seen {
        runs: newest(store, 100).await,
        by_status,
        queued: store.get_queued_runs().await.unwrap(),
        outcome: store.get_run_outcome("r").await.unwrap(),
        cancelled: store.is_cancelled("r").await.unwrap(),
        use_of_pool: use_of_pool(store).await,
        events,
    }
}

async fn seen_after_restart(world: &World) -> Seen {
    seen(&World::over(world.records.restarted()).await.store).await
}

#[tokio::test]
async fn an_operation_is_wholly_there_or_not_at_all() {
    for (name, operation) in operations() {
        let (undisturbed, _) = prepared().await;
        let before = seen(&undisturbed.store).await;
        operation(&undisturbed.store).await.unwrap();
        let after = seen(&undisturbed.store).await;
        assert_ne!(before, after, "{name} changes something");
        assert_eq!(seen_after_restart(&undisturbed).await, after, "{name} is acknowledged");

        let (conflicted, faults) = prepared().await;
        faults.lock().unwrap().extend([Fault::Conflict; 3]);
        operation(&conflicted.store).await.unwrap();
        assert!(faults.lock().unwrap().is_empty());
        assert_eq!(seen(&conflicted.store).await, after, "{name} with conflicts");

        for (fault, expected) in [(Fault::CrashBefore, &before), (Fault::CrashAfter, &after)] {
            let (crashed, faults) = prepared().await;
            faults.lock().unwrap().push_back(fault);
            let error = operation(&crashed.store).await.unwrap_err();
            assert_eq!(error.code(), Code::Unavailable);
            assert_eq!(&seen_after_restart(&crashed).await, expected, "{name} with {fault:?}");
        }
    }
}

#[tokio::test]
async fn whoever_repeats_a_creation_after_a_crash_has_it_once() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        let (crashed, faults) = prepared().await;
        faults.lock().unwrap().push_back(fault);
        crashed.store.enqueue_runs(vec![run("new")]).await.unwrap_err();
        let restarted = World::over(crashed.records.restarted()).await.store;
        restarted.enqueue_runs(vec![run("new")]).await.unwrap();
        assert_eq!(events_of(&restarted, "new").await.len(), 1);
        assert_eq!(restarted.get_queued_runs().await.unwrap().len(), 2);
    }
}
