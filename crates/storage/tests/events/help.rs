//! Short ways to write events and to see what they did.

use rivers_storage::assets::{AssetDefinition, AssetRecord};
use rivers_storage::events::{EventType, NewEvent, StoredEvent};
use rivers_storage::partitions::PartitionKey;
use rivers_storage_testing::Storage;

pub fn event(event_type: EventType, time: i64) -> NewEvent {
    NewEvent { asset_key: Some("a".to_owned()), timestamp: Some(time), ..NewEvent::new(event_type, "r") }
}

/// Of asset 'a' in run 'r'.
pub fn made(time: i64, version: &str) -> NewEvent {
    NewEvent { data_version: Some(version.to_owned()), ..event(EventType::Materialization, time) }
}

pub fn observed(time: i64, version: &str) -> NewEvent {
    NewEvent { data_version: Some(version.to_owned()), ..event(EventType::Observation, time) }
}

pub fn deleted(time: i64) -> NewEvent {
    event(EventType::Deletion, time)
}

pub fn of(partition: &str, event: NewEvent) -> NewEvent {
    NewEvent { partition_key: Some(PartitionKey::single(partition)), ..event }
}

pub fn with_id(id: &str, event: NewEvent) -> NewEvent {
    NewEvent { id: Some(id.to_owned()), ..event }
}

pub async fn put(store: &Storage, event: NewEvent) -> String {
    put_all(store, vec![event]).await.remove(0)
}

pub async fn put_all(store: &Storage, events: Vec<NewEvent>) -> Vec<String> {
    store.store_events(events).await.unwrap()
}

/// Registers 'a' with this code version.
pub async fn register(store: &Storage, code_version: Option<&str>) {
    let definition = AssetDefinition {
        asset_key: "a".to_owned(),
        code_version: code_version.map(str::to_owned),
        ..AssetDefinition::default()
    };
    store.register_assets(vec![definition]).await.unwrap();
}

pub async fn record(store: &Storage) -> AssetRecord {
    store.get_asset_record("a").await.unwrap().unwrap()
}

pub async fn of_run(store: &Storage) -> Vec<StoredEvent> {
    store.get_events_for_run("r", None, None).await.unwrap()
}

pub async fn of_asset(store: &Storage) -> Vec<StoredEvent> {
    store.get_events_for_asset("a", usize::MAX, None).await.unwrap()
}

pub async fn partitions(store: &Storage) -> Vec<String> {
    let keys = store.get_materialized_partitions("a").await.unwrap();
    assert_eq!(store.count_materialized_partitions("a").await.unwrap(), keys.len());
    keys.iter().map(ToString::to_string).collect()
}

pub fn ids(events: &[StoredEvent]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}
