//! Storing events and registering assets under conflicts, and under crashes before and after the
//! commit: what is acknowledged is there, the rest wholly or not at all. In the reference a crash
//! left events without their effects, and a retry stored them twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use rivers_storage::assets::{AssetDefinition, AssetRecord};
use rivers_storage::events::{NewEvent, PartitionChoice, StoredEvent};
use rivers_storage::records::BoxFuture;
use rivers_storage::staleness::GraphTopology;
use rivers_storage::{Code, Result};
use rivers_storage_testing::{Fault, Simulated, Storage};

use crate::help::{deleted, made, of, of_asset, of_run, partitions, put_all, with_id};
use rivers_storage_testing::{NOW, code, open, reopen};

type Operation = for<'s> fn(&'s Storage) -> BoxFuture<'s, Result<()>>;

fn definition(key: &str, tag: &str) -> AssetDefinition {
    let tags = vec![tag.to_owned()];
    AssetDefinition { asset_key: key.to_owned(), tags, group: Some("g".to_owned()), ..AssetDefinition::default() }
}

fn batch() -> Vec<NewEvent> {
    vec![of("p2", made(2, "v2")), with_id("mine", of("p1", deleted(3))), made(4, "v4")]
}

fn operations() -> Vec<(&'static str, Operation)> {
    vec![
        ("events", |store| Box::pin(async { store.store_events(batch()).await.map(drop) })),
        ("assets", |store| Box::pin(store.register_assets(vec![definition("a", "new"), definition("b", "new")]))),
        ("graph", |store| Box::pin(store.set_graph_topology(GraphTopology::default()))),
        ("dynamic", |store| {
            Box::pin(store.add_dynamic_partitions("d".to_owned(), vec!["x".to_owned(), "y".to_owned()]))
        }),
        ("no dynamic", |store| Box::pin(store.delete_dynamic_partition("d", "old"))),
    ]
}

type Faults = Arc<Mutex<VecDeque<Fault>>>;

/// A store with a little of everything, whose next commits go as told.
async fn prepared() -> (Arc<Simulated>, Storage, Faults) {
    let faults = Faults::default();
    let next = Arc::clone(&faults);
    let records = Simulated::with_faults(NOW, move || next.lock().unwrap().pop_front().unwrap_or(Fault::None));
    let records = Arc::new(records);
    let store = open(&records).await;
    store.register_assets(vec![definition("a", "old")]).await.unwrap();
    put_all(&store, vec![with_id("first", of("p1", made(1, "v1")))]).await;
    store.add_dynamic_partitions("d".to_owned(), vec!["old".to_owned()]).await.unwrap();
    (records, store, faults)
}

/// All that the operations can change, as anybody can see it.
#[derive(Debug, PartialEq)]
struct Seen {
    of_run: Vec<NewEvent>,
    of_asset: Vec<NewEvent>,
    latest: Option<NewEvent>,
    records: Vec<AssetRecord>,
    tagged: [Vec<AssetRecord>; 2],
    grouped: Vec<AssetRecord>,
    partitions: Vec<String>,
    dynamic: Vec<String>,
    graph: Option<GraphTopology>,
}

/// Without ids that were made up: they tell which try succeeded.
fn anonymous(event: StoredEvent) -> NewEvent {
    NewEvent {
        id: Some(event.id).filter(|id| !id.contains('.')),
        asset_key: event.asset_key,
        partition_key: event.partition_key,
        timestamp: Some(event.timestamp),
        data_version: event.data_version,
        ..NewEvent::new(event.event_type, event.run_id)
    }
}

async fn seen(store: &Storage) -> Seen {
    let hide = |mut record: AssetRecord| {
        record.last_event_id = record.last_event_id.map(|id| if id.contains('.') { "made up".to_owned() } else { id });
        record
    };
    let hidden = |records: Vec<AssetRecord>| records.into_iter().map(hide).collect::<Vec<_>>();
    let latest = store.get_latest_materialization("a", PartitionChoice::Any).await.unwrap();
    Seen {
        of_run: of_run(store).await.into_iter().map(anonymous).collect(),
        of_asset: of_asset(store).await.into_iter().map(anonymous).collect(),
        latest: latest.map(anonymous),
        records: hidden(store.get_asset_records().await.unwrap()),
        tagged: [
            hidden(store.get_assets_by_tag("old").await.unwrap()),
            hidden(store.get_assets_by_tag("new").await.unwrap()),
        ],
        grouped: hidden(store.get_assets_by_group("g").await.unwrap()),
        partitions: partitions(store).await,
        dynamic: store.get_dynamic_partitions("d").await.unwrap(),
        graph: store.get_graph_topology().await.unwrap(),
    }
}

async fn seen_after_restart(records: &Simulated) -> Seen {
    seen(&reopen(records).await.1).await
}

#[tokio::test]
async fn an_operation_is_wholly_there_or_not_at_all() {
    for (name, operation) in operations() {
        let (records, store, _) = prepared().await;
        let before = seen(&store).await;
        operation(&store).await.unwrap();
        let after = seen(&store).await;
        assert_ne!(before, after, "{name} changes something");
        assert_eq!(seen_after_restart(&records).await, after, "{name} is acknowledged");

        let (_, store, faults) = prepared().await;
        faults.lock().unwrap().extend([Fault::Conflict; 3]);
        operation(&store).await.unwrap();
        assert!(faults.lock().unwrap().is_empty());
        assert_eq!(seen(&store).await, after, "{name} with conflicts");

        for (fault, expected) in [(Fault::CrashBefore, &before), (Fault::CrashAfter, &after)] {
            let (records, store, faults) = prepared().await;
            faults.lock().unwrap().push_back(fault);
            assert_eq!(code(operation(&store).await), Code::Unavailable);
            assert_eq!(&seen_after_restart(&records).await, expected, "{name} with {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_repeated_after_a_crash_is_stored_once() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        let (records, store, faults) = prepared().await;
        let events = || vec![with_id("x", of("p", made(5, "x"))), with_id("y", made(6, "y"))];
        faults.lock().unwrap().push_back(fault);
        store.store_events(events()).await.unwrap_err();
        let (_, store) = reopen(&records).await;
        assert_eq!(put_all(&store, events()).await, ["x", "y"]);
        assert_eq!(of_run(&store).await.len(), 3);
        assert_eq!(of_asset(&store).await.len(), 3);
    }
}

/// In the reference, the first registration of one asset by two was an error.
#[tokio::test]
async fn many_at_once_register_one_asset_and_store_its_events() {
    let (_, store, _) = prepared().await;
    let mut tasks = tokio::task::JoinSet::new();
    for at in 0..20 {
        let store = store.clone();
        tasks.spawn(async move {
            store.register_assets(vec![definition("shared", "t"), definition(&format!("own {at}"), "t")]).await?;
            store.store_events(vec![of(&format!("p{at:02}"), made(10, &format!("v{at}")))]).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(store.get_assets_by_tag("t").await.unwrap().len(), 21);
    assert_eq!(partitions(&store).await.len(), 21);
    let last = of_asset(&store).await.remove(0);
    let record = store.get_asset_record("a").await.unwrap().unwrap();
    assert_eq!(record.last_event_id, Some(last.id));
    assert_eq!(record.last_data_version, last.data_version);
}
