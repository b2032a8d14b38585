//! Any events, in any order and any batches, against the rule written down plainly: sort what was
//! stored by (time, order of storing), and see what the last of it says.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rivers_storage::events::{EventType, NewEvent, PartitionChoice};
use rivers_storage::partitions::PartitionKey;

use crate::help::{event, ids, of, of_asset, of_run, partitions, put, record, register};
use rivers_storage_testing::store;

const PARTITIONS: [&str; 2] = ["p", "q"];

fn any_event() -> impl Strategy<Value = NewEvent> {
    let event_type = prop::sample::select(vec![
        EventType::Materialization,
        EventType::Observation,
        EventType::Deletion,
        EventType::StepStart,
    ]);
    let partition = prop::option::of(prop::sample::select(PARTITIONS.to_vec()));
    (event_type, partition, 0..4_i64).prop_map(|(event_type, partition, time)| {
        let event = event(event_type, time);
        partition.map_or_else(|| event.clone(), |partition| of(partition, event.clone()))
    })
}

/// What was stored: events with their ids, in the order of storing.
type Stored = [(String, NewEvent)];

fn sorted(stored: &Stored) -> Vec<&(String, NewEvent)> {
    let mut sorted: Vec<_> = stored.iter().collect();
    sorted.sort_by_key(|(_, event)| event.timestamp);
    sorted
}

fn is_made(event: &NewEvent) -> bool {
    event.event_type == EventType::Materialization
}

fn latest(stored: &Stored, partition: Option<&str>) -> Option<String> {
    let key = partition.map(PartitionKey::single);
    let of_partition = |event: &NewEvent| key.is_none() || event.partition_key == key;
    sorted(stored).into_iter().rev().find(|(_, event)| is_made(event) && of_partition(event)).map(|(id, _)| id.clone())
}

fn there(stored: &Stored) -> Vec<String> {
    let mut there = BTreeMap::new();
    for (_, event) in sorted(stored) {
        if let Some(key) = &event.partition_key
            && matches!(event.event_type, EventType::Materialization | EventType::Deletion)
        {
            there.insert(key.to_string(), is_made(event));
        }
    }
    there.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect()
}

proptest! {
    #[test]
    fn lists_partitions_and_latest_depend_on_times_and_order_only(
        batches in prop::collection::vec(prop::collection::vec(any_event(), 1..5), 1..6)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_, store) = store().await;
            register(&store, None).await;
            let mut stored = Vec::new();
            for batch in batches {
                let answered = store.store_events(batch.clone()).await.unwrap();
                stored.extend(answered.into_iter().zip(batch));
            }
            let expected: Vec<&str> = sorted(&stored).into_iter().map(|(id, _)| id.as_str()).collect();
            let (run, mut asset) = (of_run(&store).await, of_asset(&store).await);
            asset.reverse();
            prop_assert_eq!(ids(&run), expected);
            prop_assert_eq!(run, asset);
            prop_assert_eq!(partitions(&store).await, there(&stored));
            for partition in [None, Some(PARTITIONS[0]), Some(PARTITIONS[1])] {
                let choice = partition
                    .map_or(PartitionChoice::Any, |key| PartitionChoice::Key(PartitionKey::single(key)));
                let found = store.get_latest_materialization("a", choice).await.unwrap();
                prop_assert_eq!(found.map(|event| event.id), latest(&stored, partition));
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_record_shows_the_last_event_by_time_and_order(events in prop::collection::vec(any_event(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_, store) = store().await;
            register(&store, None).await;
            let mut stored = Vec::new();
            for event in events {
                let whole = NewEvent { partition_key: None, ..event };
                stored.push((put(&store, whole.clone()).await, whole));
            }
            let shown = sorted(&stored).into_iter().rev().find(|(_, event)| event.event_type != EventType::StepStart);
            let record = record(&store).await;
            prop_assert_eq!(record.last_event_id.as_ref(), shown.map(|(id, _)| id));
            let is_gone = shown.is_none_or(|(_, event)| event.event_type == EventType::Deletion);
            prop_assert_eq!(record.last_timestamp, shown.and_then(|(_, event)| event.timestamp).filter(|_| !is_gone));
            Ok(())
        })?;
    }
}
