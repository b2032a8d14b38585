//! Short ways to fill a store, and to see what is left of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use rivers_storage::assets::{AssetDefinition, AssetRecord};
use rivers_storage::events::{EventType, NewEvent, PartitionChoice, StoredEvent};
use rivers_storage::logs::NewLog;
use rivers_storage::partitions::PartitionKey;
use rivers_storage::records::Table;
use rivers_storage::runs::{NewRun, RunStatus};
use rivers_storage_testing::{Fault, Simulated, Storage};

use rivers_storage_testing::{NOW, open};

/// More than go in one transaction, and not a multiple of it.
pub const MANY: i64 = 600;
/// What one transaction may write at most.
pub const MOST_WRITES: u64 = 256 * 7;

pub type Faults = Arc<Mutex<VecDeque<Fault>>>;

/// A store whose next commits go as told.
pub async fn faulty() -> (Arc<Simulated>, Storage, Faults) {
    let faults = Faults::default();
    let next = Arc::clone(&faults);
    let records = Simulated::with_faults(NOW, move || next.lock().unwrap().pop_front().unwrap_or(Fault::None));
    let records = Arc::new(records);
    let store = open(&records).await;
    (records, store, faults)
}

pub fn event(event_type: EventType, run: &str, asset: &str, time: i64) -> NewEvent {
    NewEvent { asset_key: Some(asset.to_owned()), timestamp: Some(time), ..NewEvent::new(event_type, run) }
}

pub fn step(run: &str, time: i64) -> NewEvent {
    event(EventType::StepStart, run, "step", time)
}

/// Its data version is its time.
pub fn made(run: &str, asset: &str, time: i64) -> NewEvent {
    NewEvent { data_version: Some(time.to_string()), ..event(EventType::Materialization, run, asset, time) }
}

pub fn of(partition: &str, event: NewEvent) -> NewEvent {
    NewEvent { partition_key: Some(PartitionKey::single(partition)), ..event }
}

pub fn with_id(id: &str, event: NewEvent) -> NewEvent {
    NewEvent { id: Some(id.to_owned()), ..event }
}

pub fn log(run: &str, id: Option<&str>) -> NewLog {
    NewLog { run_id: run.to_owned(), step_key: "s".to_owned(), id: id.map(str::to_owned), ..NewLog::default() }
}

pub async fn put(store: &Storage, events: Vec<NewEvent>) -> Vec<String> {
    store.store_events(events).await.unwrap()
}

pub async fn register(store: &Storage, assets: &[&str]) {
    let definition = |key: &&str| AssetDefinition { asset_key: (*key).to_owned(), ..AssetDefinition::default() };
    store.register_assets(assets.iter().map(definition).collect()).await.unwrap();
}

pub async fn over(store: &Storage, run: &str) {
    let run = NewRun { run_id: run.to_owned(), status: Some(RunStatus::Success), ..NewRun::default() };
    store.create_runs(vec![run]).await.unwrap();
}

pub async fn of_run(store: &Storage, run: &str) -> Vec<StoredEvent> {
    store.get_events_for_run(run, None, None).await.unwrap()
}

pub async fn of_asset(store: &Storage, asset: &str) -> Vec<StoredEvent> {
    store.get_events_for_asset(asset, usize::MAX, None).await.unwrap()
}

pub async fn latest(store: &Storage, asset: &str) -> Option<StoredEvent> {
    store.get_latest_materialization(asset, PartitionChoice::Any).await.unwrap()
}

pub async fn latest_of(store: &Storage, asset: &str, partition: &str) -> Option<StoredEvent> {
    store.get_latest_materialization(asset, PartitionChoice::Display(partition.to_owned())).await.unwrap()
}

/// What is shown of assets beside their events.
pub async fn shown(store: &Storage) -> (Vec<AssetRecord>, Vec<Vec<PartitionKey>>) {
    let records = store.get_asset_records().await.unwrap();
    let mut partitions = Vec::new();
    for record in &records {
        partitions.push(store.get_materialized_partitions(&record.asset_key).await.unwrap());
    }
    (records, partitions)
}

pub fn times(events: &[StoredEvent]) -> Vec<i64> {
    events.iter().map(|event| event.timestamp).collect()
}

pub fn rows_in(records: &Simulated, tables: &[Table]) -> usize {
    records.rows().keys().filter(|key| tables.contains(&key.table)).count()
}
