//! Events come back as they were stored, in the order of time and of storing.

use rivers_storage::Code;
use rivers_storage::events::{EventType, NewEvent, StoredEvent};
use rivers_storage::partitions::PartitionKey;

use crate::help::{event, ids, made, of_asset, of_run, pairs, put, put_all, register, with_id};
use rivers_storage_testing::{NOW, Storage, code, store};

#[test]
fn types_are_known_by_their_names_only() {
    for &event_type in EventType::ALL {
        assert_eq!(EventType::parse(event_type.as_str()), Some(event_type));
    }
    assert_eq!(EventType::parse("stepstart"), None);
}

#[tokio::test]
async fn an_event_comes_back_as_it_was_stored() {
    let (_, store) = store().await;
    register(&store, Some("c1")).await;
    let metadata = pairs(&[("b", "1"), ("a", "2"), ("b", "1")]);
    let inputs = pairs(&[("up", "1"), ("up", "")]);
    let new = NewEvent {
        partition_key: Some(PartitionKey::Single(vec!["q".to_owned(), "p".to_owned()])),
        metadata: metadata.clone(),
        input_data_versions: inputs.clone(),
        ..made(-5, "v")
    };
    let id = put(&store, new).await;
    let stored = StoredEvent {
        id,
        event_type: EventType::Materialization,
        asset_key: Some("a".to_owned()),
        run_id: "r".to_owned(),
        partition_key: Some(PartitionKey::Single(vec!["p".to_owned(), "q".to_owned()])),
        timestamp: -5,
        metadata,
        data_version: Some("v".to_owned()),
        code_version: Some("c1".to_owned()),
        input_data_versions: inputs,
    };
    assert_eq!(of_run(&store).await, of_asset(&store).await);
    assert_eq!(of_run(&store).await, [stored]);
}

#[tokio::test]
async fn the_default_time_is_now_and_empty_strings_are_ordinary() {
    let (_, store) = store().await;
    put(&store, NewEvent { asset_key: Some(String::new()), ..NewEvent::new(EventType::Observation, "") }).await;
    let events = store.get_events_for_run("", None, None).await.unwrap();
    assert_eq!(events[0].timestamp, NOW);
    assert_eq!(store.get_events_for_asset("", 10, None).await.unwrap(), events);
}

/// The reference left both off the rows of a batch.
#[tokio::test]
async fn every_materialization_of_a_batch_is_stamped_and_nothing_else() {
    let (_, store) = store().await;
    put(&store, made(1, "before")).await;
    register(&store, Some("c1")).await;
    put_all(&store, vec![event(EventType::StepStart, 2), made(3, "v"), made(4, "v"), event(EventType::Observation, 5)])
        .await;
    register(&store, None).await;
    put(&store, made(6, "v")).await;
    let stamps: Vec<_> = of_run(&store).await.into_iter().map(|event| event.code_version).collect();
    let c1 = || Some("c1".to_owned());
    assert_eq!(stamps, [None, None, c1(), c1(), None, None]);
}

/// The reference read an unknown type as `StepFailure`.
#[tokio::test]
async fn a_stored_event_of_an_unknown_type_is_corrupt() {
    let (_, store) = store().await;
    store
        .transact((), |tx, ()| {
            Box::pin(async move {
                let row = rivers_storage::records::Row::new().with("event_id", "x").with("event_type", "FromTheFuture");
                tx.set(rivers_storage::key!(rivers_storage::records::Table::Event, "r", 1, 1), row);
                Ok(())
            })
        })
        .await
        .unwrap();
    assert_eq!(code(store.get_events_for_run("r", None, None).await), Code::Corrupt);
}

/// The reference ordered events of one time by type, or at random.
#[tokio::test]
async fn events_of_one_time_keep_the_order_of_storing() {
    let (_, store) = store().await;
    let at = |event_type| event(event_type, 5);
    let mut stored = vec![put(&store, with_id("z", at(EventType::StepSuccess))).await];
    let batch =
        vec![with_id("y", at(EventType::StepStart)), at(EventType::Materialization), at(EventType::Observation)];
    stored.extend(put_all(&store, batch).await);
    let early = put(&store, event(EventType::StepStart, 4)).await;
    stored.insert(0, early);
    assert_eq!(ids(&of_run(&store).await), stored);
    stored.reverse();
    assert_eq!(ids(&of_asset(&store).await), stored);
}

#[tokio::test]
async fn each_run_and_asset_has_its_own() {
    let (records, store) = store().await;
    let of = |asset: &str, run: &str| NewEvent {
        asset_key: Some(asset.to_owned()),
        ..NewEvent::new(EventType::StepStart, run)
    };
    let stored =
        put_all(&store, vec![of("a", "r"), of("b", "r"), of("a", "r2"), NewEvent::new(EventType::RunQueued, "r")])
            .await;
    assert_eq!(ids(&of_run(&store).await), [&stored[0], &stored[1], &stored[3]]);
    assert_eq!(ids(&of_asset(&store).await), [&stored[2], &stored[0]]);
    let elsewhere = Storage::at(&store.open, "elsewhere");
    assert_eq!(of_asset(&elsewhere).await, []);
    assert_eq!(of_run(&elsewhere).await.len(), 3);
    let commits = records.commits();
    assert_eq!(put_all(&store, vec![]).await, Vec::<String>::new());
    assert_eq!(records.commits(), commits);
}

#[tokio::test]
async fn pages_have_neither_gaps_nor_repetitions() {
    let (_, store) = store().await;
    let batch = (0..30).map(|at| {
        let event = event(EventType::StepStart, at / 3);
        if at % 4 == 0 { with_id(&format!("mine {at}"), event) } else { event }
    });
    let mut all = put_all(&store, batch.collect()).await;
    for limit in [1, 7, 30] {
        let mut seen: Vec<String> = Vec::new();
        // One page more than needed: it must be empty.
        for _ in 0..=all.len().div_ceil(limit) {
            let page = store.get_events_for_run("r", Some(limit), seen.last().map(String::as_str)).await.unwrap();
            seen.extend(page.into_iter().map(|event| event.id));
        }
        assert_eq!(seen, all);
    }
    all.reverse();
    for limit in [1, 7, 30] {
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..=all.len().div_ceil(limit) {
            let page = store.get_events_for_asset("a", limit, seen.last().map(String::as_str)).await.unwrap();
            seen.extend(page.into_iter().map(|event| event.id));
        }
        assert_eq!(seen, all);
    }
}

#[tokio::test]
async fn a_page_goes_on_only_after_an_event_of_its_list() {
    let (_, store) = store().await;
    let other = NewEvent { asset_key: Some("b".to_owned()), ..NewEvent::new(EventType::StepStart, "r2") };
    let ids = put_all(&store, vec![event(EventType::StepStart, 1), other.clone(), with_id("mine", other)]).await;
    for foreign in [&ids[1], "mine", "gone"] {
        assert_eq!(code(store.get_events_for_run("r", None, Some(foreign)).await), Code::NotFound);
        assert_eq!(code(store.get_events_for_asset("a", 10, Some(foreign)).await), Code::NotFound);
    }
    assert_eq!(store.get_events_for_run("r", Some(0), Some(&ids[0])).await.unwrap(), []);
}
