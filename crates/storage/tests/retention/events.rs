//! Pruning events.

use rivers_storage::Code;
use rivers_storage::events::EventType;
use rivers_storage::records::Table;
use rivers_storage_testing::Fault;

use crate::help::{
    MANY, MOST_WRITES, event, faulty, latest, latest_of, made, of, of_asset, of_run, over, put, register, rows_in,
    shown, step, times, with_id,
};
use rivers_storage_testing::{code, reopen, store};

const EVENTS: [Table; 3] = [Table::Event, Table::EventByAsset, Table::EventById];

#[tokio::test]
async fn what_is_older_goes_and_the_latest_of_each_asset_and_partition_stays() {
    let (records, store) = store().await;
    register(&store, &["a", "b"]).await;
    put(&store, vec![made("r", "a", 1), of("p", made("r", "a", 2)), of("q", made("r", "a", 3))]).await;
    put(&store, vec![of("p", made("s", "a", 4)), with_id("mine", step("s", 5)), made("s", "b", 6), step("s", 10)])
        .await;
    let before = shown(&store).await;
    assert_eq!(store.prune_events(10, true).await.unwrap(), 3);
    assert_eq!(times(&of_run(&store, "r").await), [3]);
    assert_eq!(times(&of_run(&store, "s").await), [4, 6, 10]);
    assert_eq!(times(&of_asset(&store, "a").await), [4, 3]);
    assert_eq!(times(&of_asset(&store, "step").await), [10]);
    assert_eq!(latest(&store, "a").await.unwrap().timestamp, 4);
    assert_eq!(latest_of(&store, "a", "q").await.unwrap().timestamp, 3);
    assert_eq!(shown(&store).await, before);
    assert_eq!(rows_in(&records, &EVENTS), 4 + 4);
    assert_eq!(store.prune_events(10, true).await.unwrap(), 0);
}

#[tokio::test]
async fn without_the_latest_there_is_none_until_there_is_a_new_one() {
    let (records, store) = store().await;
    register(&store, &["a", "b"]).await;
    put(&store, vec![of("p", made("r", "a", 1)), of("q", made("r", "a", 20)), made("r", "b", 2)]).await;
    let before = shown(&store).await;
    assert_eq!(store.prune_events(10, false).await.unwrap(), 2);
    assert_eq!(latest(&store, "a").await.unwrap().timestamp, 20);
    assert_eq!(latest_of(&store, "a", "p").await, None);
    assert_eq!(latest(&store, "b").await, None);
    assert_eq!(shown(&store).await, before);

    // A late one is not the latest, and a deleted partition is one that was there.
    put(&store, vec![made("r", "b", 1)]).await;
    assert_eq!(latest(&store, "b").await, None);
    put(&store, vec![made("r", "b", 3), of("p", event(EventType::Deletion, "r", "a", 4))]).await;
    assert_eq!(latest(&store, "b").await.unwrap().timestamp, 3);
    assert_eq!(store.count_materialized_partitions("a").await.unwrap(), 1);
    assert_eq!(reopen(&records).await.1.get_materialized_partitions("a").await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_deleted_run_left_is_as_old_as_it_is() {
    let (records, store) = store().await;
    for run in ["old", "new"] {
        over(&store, run).await;
    }
    put(&store, (0..MANY).map(|at| of(&format!("p{at}"), made("old", "a", at))).collect()).await;
    put(&store, vec![made("new", "b", 10_000)]).await;
    for run in ["old", "new"] {
        assert!(store.delete_run(run.to_owned()).await.unwrap());
    }
    assert_eq!(store.prune_events(10_000, true).await.unwrap(), 0);
    assert!(latest(&store, "a").await.is_some() && latest_of(&store, "a", "p3").await.is_some());
    let (records, store) = reopen(&records).await;
    assert_eq!(store.prune_events(10_000, false).await.unwrap(), 0);
    assert!(records.largest_commit() <= MOST_WRITES);
    assert!(latest(&store, "a").await.is_none() && latest_of(&store, "a", "p3").await.is_none());
    assert!(latest(&store, "b").await.is_some());
    assert_eq!(rows_in(&records, &[Table::KeptMaterialization]), 1);
}

#[tokio::test]
async fn each_transaction_is_small_and_a_crash_leaves_whole_batches() {
    for (keep_latest, fault) in [(true, Fault::CrashBefore), (false, Fault::CrashAfter)] {
        for commits in 0.. {
            let (records, store, faults) = faulty().await;
            register(&store, &["a"]).await;
            for run in ["r", "s"] {
                let event = |at| with_id(&format!("{run} {at}"), of(&format!("p{}", at % 300), made(run, "a", at)));
                put(&store, (0..MANY).map(event).collect()).await;
            }
            let before = shown(&store).await;
            faults.lock().unwrap().extend(std::iter::repeat_n(Fault::None, commits).chain([fault]));
            let pruned = store.prune_events(MANY, keep_latest).await;
            let (records, store) = reopen(&records).await;
            assert_eq!(shown(&store).await, before);
            let listed = of_asset(&store, "a").await.len();
            assert_eq!(listed, of_run(&store, "r").await.len() + of_run(&store, "s").await.len());
            latest_of(&store, "a", "p7").await;
            if pruned.is_ok() {
                assert!(commits >= 4, "in several transactions");
                break;
            }
            assert_eq!(code(pruned), Code::Unavailable);
            store.prune_events(MANY, keep_latest).await.unwrap();
            assert!(records.largest_commit() <= MOST_WRITES, "{}", records.largest_commit());
            assert_eq!(rows_in(&records, &EVENTS), if keep_latest { 300 * 3 } else { 0 });
        }
    }
}

#[tokio::test]
async fn events_that_come_meanwhile_are_whole() {
    let (_, store, faults) = faulty().await;
    register(&store, &["a"]).await;
    put(&store, (0..MANY).map(|at| made("r", "a", at)).collect()).await;
    faults.lock().unwrap().extend([Fault::Conflict, Fault::None, Fault::Conflict]);
    let arrival = async {
        put(&store, vec![with_id("late", made("r", "a", -1))]).await;
        tokio::task::yield_now().await;
        put(&store, vec![with_id("new", made("r", "a", 10_000)), with_id("first of another", step("a run before", 1))])
            .await;
    };
    let (pruned, ()) = tokio::join!(store.prune_events(5_000, true), arrival);
    assert!(pruned.unwrap() >= 599);
    assert_eq!(latest(&store, "a").await.unwrap().id, "new");
    let (of_run, of_asset) = (of_run(&store, "r").await, of_asset(&store, "a").await);
    assert_eq!(of_run.len(), of_asset.len());
    assert_eq!(store.prune_events(5_000, false).await.unwrap(), of_run.len());
}

#[tokio::test]
async fn it_reads_one_event_of_each_run_and_what_is_old() {
    let (records, store) = store().await;
    for run in 0..200 {
        put(&store, (100..150).map(|time| step(&format!("r{run:03}"), time)).collect()).await;
    }
    let before = records.reads();
    assert_eq!(store.prune_events(100, true).await.unwrap(), 0);
    assert_eq!(records.reads() - before, 200);
    put(&store, (0..30).map(|time| step("r100", time)).collect()).await;
    let before = records.reads();
    assert_eq!(store.prune_events(100, true).await.unwrap(), 30);
    assert_eq!(records.reads() - before, 200 + 30);
}
