//! An id makes a retry harmless, and names one event only.

use rivers_storage::Code;
use rivers_storage::events::{EventType, NewEvent};

use crate::help::{event, ids, made, of_run, put, put_all, with_id};
use rivers_storage_testing::{Storage, code, open, reopen, store};

async fn refused(store: &Storage, event: NewEvent) {
    let before = of_run(store).await;
    assert_eq!(code(store.store_events(vec![made(1, "other"), event]).await), Code::Conflict);
    assert_eq!(of_run(store).await, before, "nothing of the batch is stored");
}

#[tokio::test]
async fn an_id_that_is_there_changes_nothing() {
    let (records, store) = store().await;
    put(&store, with_id("mine", made(1, "v1"))).await;
    let commits = records.commits();
    assert_eq!(put(&store, with_id("mine", made(2, "v2"))).await, "mine");
    assert_eq!(records.commits(), commits);
    let events = of_run(&store).await;
    assert_eq!((ids(&events), events[0].data_version.as_deref()), (vec!["mine"], Some("v1")));
}

#[tokio::test]
async fn the_same_id_twice_in_one_batch_is_one_event() {
    let (_, store) = store().await;
    let batch = vec![with_id("mine", made(1, "v1")), made(2, "v2"), with_id("mine", made(3, "v3"))];
    let answered = put_all(&store, batch).await;
    assert_eq!(answered[0], answered[2]);
    assert_eq!(ids(&of_run(&store).await), answered[..2]);
}

#[tokio::test]
async fn an_id_of_another_run_type_or_asset_is_a_conflict() {
    let (records, store) = store().await;
    let made_up = put(&store, event(EventType::StepStart, 1)).await;
    put(&store, with_id("mine", event(EventType::StepStart, 1))).await;
    for id in ["mine", &made_up] {
        let repeated = || with_id(id, event(EventType::StepStart, 1));
        refused(&store, NewEvent { run_id: "r2".to_owned(), ..repeated() }).await;
        refused(&store, NewEvent { event_type: EventType::StepSuccess, ..repeated() }).await;
        refused(&store, NewEvent { asset_key: Some("b".to_owned()), ..repeated() }).await;
        refused(&store, NewEvent { asset_key: None, ..repeated() }).await;
        assert_eq!(put(&store, repeated()).await, id);
    }
    let elsewhere = Storage::at(&open(&records).await.open, "elsewhere");
    refused(&elsewhere, with_id("mine", event(EventType::StepStart, 1))).await;
    let twice = vec![with_id("new", event(EventType::StepStart, 1)), with_id("new", event(EventType::StepSuccess, 1))];
    assert_eq!(code(store.store_events(twice).await), Code::Conflict);
}

#[tokio::test]
async fn an_id_that_was_made_up_here_but_names_nothing_can_be_given() {
    let (_, store) = store().await;
    let there = put(&store, event(EventType::StepStart, 1)).await;
    let absent = there.replacen(".1.", ".7.", 1);
    assert_ne!(there, absent);
    for _ in 0..2 {
        assert_eq!(put(&store, with_id(&absent, event(EventType::StepStart, 2))).await, absent);
    }
    assert_eq!(ids(&of_run(&store).await), [there.as_str(), absent.as_str()]);
    let after = store.get_events_for_run("r", None, Some(&absent)).await.unwrap();
    assert_eq!(after, []);
}

#[tokio::test]
async fn an_id_that_says_the_place_of_another_event_is_not_that_event() {
    let (_, store) = store().await;
    let made_up = put(&store, event(EventType::StepStart, 1)).await;
    put(&store, with_id("mine", event(EventType::StepStart, 1))).await;
    // The next order number, at which 'mine' stands.
    let order: i64 = made_up.split('.').nth(2).unwrap().parse().unwrap();
    let place_of_mine = made_up.replacen(&order.to_string(), &(order + 1).to_string(), 1);
    assert_eq!(code(store.get_events_for_run("r", None, Some(&place_of_mine)).await), Code::NotFound);
}

#[tokio::test]
async fn ids_hold_after_a_restart_and_are_never_given_twice() {
    let (records, store) = store().await;
    let first =
        put_all(&store, vec![event(EventType::StepStart, 1), with_id("mine", event(EventType::StepStart, 1))]).await;
    let (_, store) = reopen(&records).await;
    for id in &first {
        assert_eq!(&put(&store, with_id(id, event(EventType::StepStart, 1))).await, id);
    }
    let next = put(&store, event(EventType::StepStart, 1)).await;
    assert_eq!(ids(&of_run(&store).await), [first[0].as_str(), "mine", next.as_str()]);
}
