//! What is read does not grow with what is stored.

use rivers_storage::events::{EventType, PartitionChoice};

use crate::help::{event, made, of, put_all, register, with_id};
use rivers_storage_testing::store;

#[tokio::test]
async fn a_list_of_ten_reads_at_most_21_records_however_many_there_are() {
    for events in [10, 10_000] {
        let (records, store) = store().await;
        let batch = (0..events).map(|time| event(EventType::StepStart, time)).collect();
        let ids = put_all(&store, batch).await;
        let newest = ids.last().map(String::as_str);
        for after in [None, newest] {
            let before = records.reads();
            let listed = store.get_events_for_asset("a", 10, after).await.unwrap();
            assert!(listed.len() >= 9);
            assert!(records.reads() - before <= 21, "{} reads of {events}", records.reads() - before);
        }
        for after in [None, Some(ids[0].as_str())] {
            let before = records.reads();
            store.get_events_for_run("r", Some(10), after).await.unwrap();
            assert!(records.reads() - before <= 11);
        }
    }
}

#[tokio::test]
async fn a_batch_reads_what_it_may_change_once() {
    let (records, store) = store().await;
    register(&store, None).await;
    for (batch, expected) in [
        ((0..100).map(|time| event(EventType::StepStart, time)).collect::<Vec<_>>(), 0),
        ((0..100).map(|time| made(time, "v")).collect(), 2),
        ((0..100).map(|time| of(&format!("p{}", time % 10), made(time, "v"))).collect(), 12),
        ((0..10).map(|time| with_id(&format!("id {time}"), event(EventType::StepStart, time))).collect(), 10),
    ] {
        let before = records.reads();
        put_all(&store, batch).await;
        assert_eq!(records.reads() - before, expected);
    }
}

#[tokio::test]
async fn the_latest_materialization_is_two_reads() {
    let (records, store) = store().await;
    put_all(&store, (0..1000).map(|time| made(time, "v")).collect()).await;
    let before = records.reads();
    assert!(store.get_latest_materialization("a", PartitionChoice::Any).await.unwrap().is_some());
    assert_eq!(records.reads() - before, 2);
}

#[tokio::test]
async fn an_event_is_two_rows_and_what_it_changes_one_each() {
    let (records, store) = store().await;
    register(&store, None).await;
    put_all(&store, vec![of("p", made(0, "v"))]).await;
    let before = records.rows().len();
    put_all(&store, (1..=100).map(|time| of("p", made(time, "v"))).collect()).await;
    assert_eq!(records.rows().len() - before, 200);
}
