//! Ticks, and through them what lists that grow at their end have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rivers_storage::ticks::{NewTick, StoredTick};
use rivers_storage::{Code, OpenStore, Result};
use rivers_storage_testing::{Fault, Simulated, Storage};

const NOW: i64 = 1000;

async fn base(records: &Arc<Simulated>) -> Arc<OpenStore> {
    OpenStore::open(Arc::<Simulated>::clone(records)).await.unwrap()
}

async fn store() -> Storage {
    Storage::at(&base(&Arc::new(Simulated::new(NOW))).await, "here")
}

fn tick(automation: &str, timestamp: Option<i64>) -> NewTick {
    let text = str::to_owned;
    NewTick {
        automation_name: text(automation),
        automation_type: text("Schedule"),
        status: text("Success"),
        timestamp,
        ..NewTick::default()
    }
}

fn with_id(id: &str, tick: NewTick) -> NewTick {
    NewTick { id: Some(id.to_owned()), ..tick }
}

async fn ids(store: &Storage, automation: &str) -> Vec<String> {
    let ticks = store.get_ticks(automation, usize::MAX, None).await.unwrap();
    ticks.into_iter().map(|tick| tick.id).collect()
}

fn code<T: std::fmt::Debug>(answer: Result<T>) -> Code {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn every_field_survives() {
    let store = store().await;
    let full = NewTick {
        id: Some(String::new()),
        automation_name: "🚀|,".to_owned(),
        automation_type: "any text".to_owned(),
        status: "any status".to_owned(),
        timestamp: Some(-5),
        run_ids: vec!["b".to_owned(), "a".to_owned(), "b".to_owned()],
        backfill_ids: vec![String::new()],
        skip_reason: Some(String::new()),
        error: Some("why".to_owned()),
        cursor: Some("c".to_owned()),
    };
    assert_eq!(store.store_ticks(vec![full.clone()]).await.unwrap(), [""]);
    let expected = StoredTick {
        id: String::new(),
        automation_name: full.automation_name,
        automation_type: full.automation_type,
        status: full.status,
        timestamp: -5,
        run_ids: full.run_ids,
        backfill_ids: full.backfill_ids,
        skip_reason: full.skip_reason,
        error: full.error,
        cursor: full.cursor,
    };
    assert_eq!(store.get_ticks("🚀|,", 100, None).await.unwrap(), [expected]);
}

#[tokio::test]
async fn what_is_not_given_has_its_default() {
    let store = store().await;
    let ids = store.store_ticks(vec![tick("a", None), tick("a", None)]).await.unwrap();
    assert!(!ids[0].is_empty() && ids[0] != ids[1]);
    let ticks = store.get_ticks("a", 100, None).await.unwrap();
    assert_eq!([&ticks[1].id, &ticks[0].id], [&ids[0], &ids[1]]);
    assert_eq!((ticks[0].timestamp, &ticks[0].run_ids, &ticks[0].cursor), (NOW, &Vec::new(), &None));
}

#[tokio::test]
async fn ticks_are_listed_by_time_and_order_of_storing_newest_first() {
    let store = store().await;
    let times = [5, 9, 5, -1, 5];
    let stored = store.store_ticks(times.iter().map(|time| tick("a", Some(*time))).collect()).await.unwrap();
    store.store_ticks(vec![tick("b", None)]).await.unwrap();
    let expected = [1, 4, 2, 0, 3].map(|at: usize| stored[at].clone());
    assert_eq!(ids(&store, "a").await, expected);
    assert_eq!(store.get_ticks("a", 0, None).await.unwrap(), []);
    assert_eq!(ids(&store, "unknown").await, [""; 0]);
}

#[tokio::test]
async fn pages_continue_after_a_tick() {
    let store = store().await;
    let first = with_id("mine", tick("a", Some(3)));
    let made_up = store.store_ticks(vec![first, tick("a", Some(2)), tick("a", Some(1))]).await.unwrap();
    let page = |after: String| {
        let store = store.clone();
        async move { store.get_ticks("a", 1, Some(&after)).await }
    };
    assert_eq!(page("mine".to_owned()).await.unwrap()[0].id, made_up[1]);
    assert_eq!(page(made_up[1].clone()).await.unwrap()[0].id, made_up[2]);
    assert_eq!(page(made_up[2].clone()).await.unwrap(), []);
    assert_eq!(code(page("unknown".to_owned()).await), Code::NotFound);
    store.store_ticks(vec![with_id("other", tick("b", Some(2)))]).await.unwrap();
    assert_eq!(code(page("other".to_owned()).await), Code::NotFound);
}

#[tokio::test]
async fn lists_are_of_one_code_location() {
    let base = base(&Arc::new(Simulated::new(NOW))).await;
    let (here, there) = (Storage::at(&base, "here"), Storage::at(&base, "there"));
    here.store_ticks(vec![with_id("mine", tick("a", None))]).await.unwrap();
    assert_eq!(ids(&there, "a").await, [""; 0]);
    assert_eq!(code(there.get_ticks("a", 1, Some("mine")).await), Code::NotFound);
    assert_eq!(code(there.store_ticks(vec![with_id("mine", tick("a", None))]).await), Code::Conflict);
}

#[tokio::test]
async fn an_id_that_comes_again_changes_nothing() {
    let store = store().await;
    let mine = with_id("mine", tick("a", Some(1)));
    let made_up = store.store_ticks(vec![mine.clone(), tick("a", Some(2)), mine.clone()]).await.unwrap();
    assert_eq!(made_up[0], made_up[2]);
    let before = store.get_ticks("a", 100, None).await.unwrap();
    assert_eq!(before.len(), 2);
    let again = NewTick { status: "Failed".to_owned(), timestamp: Some(9), ..mine };
    let again_made_up = with_id(&made_up[1], tick("a", None));
    assert_eq!(store.store_ticks(vec![again, again_made_up]).await.unwrap(), made_up[..2]);
    assert_eq!(store.get_ticks("a", 100, None).await.unwrap(), before);
}

#[tokio::test]
async fn an_id_used_for_something_else_is_a_conflict() {
    let store = store().await;
    let made_up = store.store_ticks(vec![with_id("mine", tick("a", None)), tick("a", None)]).await.unwrap();
    for id in &made_up {
        let of_sensor = NewTick { automation_type: "Sensor".to_owned(), ..tick("a", None) };
        for other in [tick("b", None), of_sensor] {
            let batch = vec![tick("b", None), with_id(id, other)];
            assert_eq!(code(store.store_ticks(batch).await), Code::Conflict);
        }
    }
    assert_eq!(ids(&store, "b").await, [""; 0]);
}

#[tokio::test]
async fn no_ticks_are_no_write() {
    let records = Arc::new(Simulated::new(NOW));
    let store = Storage::at(&base(&records).await, "here");
    let commits = records.commits();
    assert_eq!(store.store_ticks(Vec::new()).await.unwrap(), [""; 0]);
    assert_eq!(records.commits(), commits);
}

#[tokio::test]
async fn a_batch_is_wholly_there_or_not_at_all_and_can_be_repeated() {
    for (fault, kept) in [(Fault::CrashBefore, 0), (Fault::CrashAfter, 2), (Fault::Conflict, 2)] {
        let opening = AtomicU64::new(0);
        let third = move || if opening.fetch_add(1, Ordering::Relaxed) == 2 { fault } else { Fault::None };
        let records = Arc::new(Simulated::with_faults(NOW, third));
        let batch = vec![with_id("one", tick("a", None)), with_id("two", tick("a", None))];
        let answer = Storage::at(&base(&records).await, "here").store_ticks(batch.clone()).await;
        assert_eq!(answer.is_ok(), fault == Fault::Conflict);
        let restarted = Storage::at(&base(&Arc::new(records.restarted())).await, "here");
        assert_eq!(ids(&restarted, "a").await.len(), kept, "{fault:?}");
        restarted.store_ticks(batch).await.unwrap();
        assert_eq!(ids(&restarted, "a").await, ["two", "one"]);
    }
}

#[tokio::test]
async fn a_page_costs_what_it_shows() {
    let records = Arc::new(Simulated::new(NOW));
    let store = Storage::at(&base(&records).await, "here");
    let stored = store.store_ticks((0..10_000).map(|time| tick("a", Some(time))).collect()).await.unwrap();
    let before = records.reads();
    assert_eq!(store.get_ticks("a", 10, None).await.unwrap().len(), 10);
    assert_eq!(records.reads() - before, 10);
    assert_eq!(store.get_ticks("a", 10, Some(&stored[5000])).await.unwrap().len(), 10);
    assert!(records.reads() - before <= 10 + 12);
}
