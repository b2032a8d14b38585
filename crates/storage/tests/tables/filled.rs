//! Rows of every table, with every field, as operations leave them.

use std::sync::{Arc, Mutex};

use rivers_storage::OpenStore;
use rivers_storage::assets::AssetDefinition;
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::logs::NewLog;
use rivers_storage::partitions::PartitionKey;
use rivers_storage::pools::{Acquire, SlotClaim};
use rivers_storage::records::{Key, Row};
use rivers_storage::runs::{LaunchKind, LaunchedBy, NewRun, RunOutcome, RunOutcomeStatus, RunStatus, UserRef};
use rivers_storage::staleness::GraphTopology;
use rivers_storage::ticks::NewTick;
use rivers_storage_testing::{Fault, NOW, Simulated, Storage, open};
use tokio_util::sync::CancellationToken;

fn pair(key: &str, value: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), value.to_owned())]
}

/// The rows of a store in use, of one that crashed while it deleted a run, and of one that several processes may have open.
pub async fn rows() -> Vec<(Key, Row)> {
    let fault = Arc::new(Mutex::new(Fault::None));
    let next = Arc::clone(&fault);
    let records = Arc::new(Simulated::with_faults(NOW, move || *next.lock().unwrap()));
    let store = open(&records).await;
    fill_assets(&store).await;
    fill_runs(&store).await;
    fill_pools(&store).await;
    let wait = native_wait(&store).await;
    let mut rows: Vec<(Key, Row)> = records.rows().into_iter().collect();
    wait.abort();
    *fault.lock().unwrap() = Fault::CrashAfter;
    assert!(store.delete_run("over".to_owned()).await.is_err());
    rows.extend(records.rows());
    rows.extend(shared_rows().await);
    rows
}

async fn shared_rows() -> Vec<(Key, Row)> {
    let records = Arc::new(Simulated::new(NOW));
    let open = OpenStore::open_shared(Arc::clone(&records) as _).await.unwrap();
    let store = Storage::at(&open, "default");
    store.set_pool_limit("gpu", 1, None).await.unwrap();
    let claim = SlotClaim { lease_ms: Some(60_000), ..SlotClaim::new("holding", "train", &[("gpu", 1)]) };
    let request = Acquire { claim, timeout_ms: None, renew: true, events: true };
    let _lease = store.acquire_slots(request, CancellationToken::new()).await.unwrap();
    let wait = native_wait(&store).await;
    let rows = records.rows().into_iter().collect();
    wait.abort();
    rows
}

async fn fill_assets(store: &Storage) {
    let bare = |key: &str| AssetDefinition { asset_key: key.to_owned(), ..AssetDefinition::default() };
    let full = AssetDefinition {
        tags: vec!["daily".to_owned()],
        kinds: vec!["table".to_owned()],
        group: Some("sales".to_owned()),
        code_version: Some("1".to_owned()),
        pool: vec![("gpu".to_owned(), 1)],
        ..bare("orders")
    };
    let kept = AssetDefinition { code_version: Some("1".to_owned()), ..bare("kept") };
    store.register_assets(vec![bare("raw"), kept, full]).await.unwrap();
    store.set_graph_topology(GraphTopology::default()).await.unwrap();
    store.add_dynamic_partitions("customers".to_owned(), vec!["acme".to_owned()]).await.unwrap();
    store.kv_set("key".to_owned(), vec![1]).await.unwrap();

    // Of two runs that are deleted and of one that is pruned, so that a materialization is kept, and another is gone.
    for run in ["kept", "pruned"] {
        ended(store, run).await;
    }
    let made = |id: Option<&str>, run: &str, time| NewEvent {
        id: id.map(str::to_owned),
        asset_key: Some("orders".to_owned()),
        partition_key: Some(PartitionKey::single("2026-11-30")),
        timestamp: Some(time),
        metadata: pair("rows", "3"),
        data_version: Some("v1".to_owned()),
        input_data_versions: pair("raw", "v0"),
        ..NewEvent::new(EventType::Materialization, run)
    };
    let of = |asset: &str, partition: &str, event| NewEvent {
        asset_key: Some(asset.to_owned()),
        partition_key: Some(PartitionKey::single(partition)),
        ..event
    };
    store
        .store_events(vec![
            of("old", "p", made(None, "pruned", 1)),
            of("kept", "p", made(None, "kept", NOW)),
            NewEvent { partition_key: None, ..made(Some("whole"), "r", NOW) },
            made(None, "r", NOW),
            // It was made before, and never.
            NewEvent { event_type: EventType::Deletion, ..of("orders", "gone", made(None, "r", NOW)) },
            NewEvent { event_type: EventType::Deletion, ..of("kept", "p", made(None, "r", NOW + 1)) },
            made(None, "r", NOW + 1),
        ])
        .await
        .unwrap();
    store
        .store_events(vec![NewEvent { id: Some("of-run".to_owned()), ..NewEvent::new(EventType::RunDequeued, "r") }])
        .await
        .unwrap();
    assert!(store.delete_run("kept".to_owned()).await.unwrap());
    assert_eq!(store.prune_events(2, false).await.unwrap(), 1);
}

async fn ended(store: &Storage, run: &str) {
    let run = NewRun { run_id: run.to_owned(), status: Some(RunStatus::Success), ..NewRun::default() };
    store.create_runs(vec![run]).await.unwrap();
}

async fn fill_runs(store: &Storage) {
    let launched = |kind, name: Option<&str>, user| {
        Some(LaunchedBy { kind, name: name.map(str::to_owned), backfill_id: Some("b1".to_owned()), user })
    };
    let user =
        UserRef { subject: "u1".to_owned(), email: Some("a@example.org".to_owned()), name: Some("Ann".to_owned()) };
    let run = |id: &str| NewRun { run_id: id.to_owned(), ..NewRun::default() };
    store
        .enqueue_runs(vec![
            NewRun {
                job_name: Some(Some("nightly".to_owned())),
                tags: Some(pair("team", "data")),
                node_names: Some(vec!["train".to_owned()]),
                priority: Some(5),
                partition_key: Some(Some(PartitionKey::single("2026-11-30"))),
                block_reason: Some(Some("full".to_owned())),
                launched_by: launched(LaunchKind::Manual, None, Some(user)),
                ..run("queued")
            },
            NewRun { launched_by: launched(LaunchKind::Schedule, Some("nightly"), None), ..run("r") },
            run("over"),
        ])
        .await
        .unwrap();
    assert!(store.try_start_run("r".to_owned()).await.unwrap());
    store.request_cancellation("r".to_owned()).await.unwrap();
    let outcome = |status| RunOutcome { status, completed_steps: 1, total_steps: 2, message: None };
    store.set_run_outcome("over".to_owned(), outcome(RunOutcomeStatus::Failure)).await.unwrap();
    store.set_run_outcome("elsewhere".to_owned(), outcome(RunOutcomeStatus::Success)).await.unwrap();

    let log = |id: Option<&str>| NewLog {
        id: id.map(str::to_owned),
        run_id: "over".to_owned(),
        step_key: "train".to_owned(),
        ..NewLog::default()
    };
    let full = NewLog {
        stdout: Some("o".to_owned()),
        stderr: Some("e".to_owned()),
        logs: Some("l".to_owned()),
        traceback: Some("t".to_owned()),
        ..log(Some("l1"))
    };
    store.store_run_logs(vec![log(None), full]).await.unwrap();
    let tick = |status: &str| NewTick {
        automation_name: "nightly".to_owned(),
        automation_type: "Schedule".to_owned(),
        status: status.to_owned(),
        ..NewTick::default()
    };
    store
        .store_ticks(vec![
            NewTick {
                run_ids: vec!["r".to_owned()],
                backfill_ids: vec!["b1".to_owned()],
                cursor: Some("c".to_owned()),
                ..tick("Success")
            },
            NewTick { id: Some("t1".to_owned()), skip_reason: Some("too early".to_owned()), ..tick("Skipped") },
            NewTick { error: Some("no connection".to_owned()), ..tick("Failed") },
        ])
        .await
        .unwrap();
}

async fn fill_pools(store: &Storage) {
    for pool in ["gpu", "db", "idle"] {
        store.set_pool_limit(pool, 1, None).await.unwrap();
    }
    let claims = [
        SlotClaim::new("r", "train", &[("gpu", 1), ("db", 1)]),
        SlotClaim::new("r", "test", &[("gpu", 1)]),
        // It asks for more while it holds a lease, so that it is ineligible.
        SlotClaim::new("r", "train", &[("gpu", 2), ("db", 1)]),
    ];
    for claim in claims {
        store.claim_concurrency_slots(claim).await.unwrap();
    }
}

/// A native wait that is queued.
async fn native_wait(store: &Storage) -> tokio::task::JoinHandle<()> {
    let before = store.get_pool_info("gpu").await.unwrap().pending;
    let waiter = store.clone();
    let claim = SlotClaim { lease_ms: Some(60_000), ..SlotClaim::new("waiting", "train", &[("gpu", 1)]) };
    let wait = tokio::spawn(async move {
        let request = Acquire { claim, timeout_ms: None, renew: true, events: true };
        drop(waiter.acquire_slots(request, CancellationToken::new()).await);
    });
    while store.get_pool_info("gpu").await.unwrap().pending == before {
        assert!(!wait.is_finished(), "the wait was not queued");
        tokio::task::yield_now().await;
    }
    wait
}
