//! Pruning ticks.

use rivers_storage::Code;
use rivers_storage::records::Table;
use rivers_storage::ticks::NewTick;
use rivers_storage_testing::Fault;

use crate::help::{MANY, MOST_WRITES, faulty, rows_in};
use rivers_storage_testing::{Storage, code, reopen, store};

const TICKS: [Table; 2] = [Table::Tick, Table::TickById];

fn tick(automation: &str, at: i64) -> NewTick {
    let text = str::to_owned;
    NewTick {
        // Every third has an id of the caller's, and two stand at each time.
        id: (at % 3 == 0).then(|| format!("{automation} {at}")),
        automation_name: text(automation),
        automation_type: text("Schedule"),
        status: text("Success"),
        timestamp: Some(at / 2),
        ..NewTick::default()
    }
}

async fn fill(store: &Storage, automation: &str, ticks: i64) -> Vec<String> {
    let mut ids = store.store_ticks((0..ticks).map(|at| tick(automation, at)).collect()).await.unwrap();
    ids.reverse();
    ids
}

async fn left(store: &Storage, automation: &str) -> Vec<String> {
    let ticks = store.get_ticks(automation, usize::MAX, None).await.unwrap();
    ticks.into_iter().map(|tick| tick.id).collect()
}

#[tokio::test]
async fn the_newest_stay_and_the_others_go() {
    for keep in [0, 1, 255, 256, 257, 599, 600, 601, usize::MAX] {
        let (records, store) = store().await;
        let ids = fill(&store, "a", MANY).await;
        let others = fill(&store, "b", 10).await;
        let pruned = store.prune_ticks("a", keep).await.unwrap();
        let kept = keep.min(ids.len());
        assert_eq!(pruned, ids.len() - kept);
        assert_eq!(left(&store, "a").await, ids[..kept]);
        assert_eq!(left(&store, "b").await, others);
        let named = [&ids[..kept], &others].into_iter().flatten().filter(|id| id.contains(' ')).count();
        assert_eq!(rows_in(&records, &TICKS), kept + others.len() + named);
        assert_eq!(store.prune_ticks("a", keep).await.unwrap(), 0);
        assert_eq!(store.prune_ticks("unknown", 0).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_id_that_went_is_free_again() {
    let (_, store) = store().await;
    fill(&store, "a", 4).await;
    assert_eq!(store.prune_ticks("a", 0).await.unwrap(), 4);
    let of_another = NewTick { id: Some("a 0".to_owned()), ..tick("another", 1) };
    assert_eq!(store.store_ticks(vec![of_another]).await.unwrap(), ["a 0"]);
}

#[tokio::test]
async fn each_transaction_is_small_and_a_crash_leaves_whole_batches() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        for commits in 0.. {
            let (records, store, faults) = faulty().await;
            let ids = fill(&store, "a", MANY).await;
            faults.lock().unwrap().extend(std::iter::repeat_n(Fault::None, commits).chain([fault]));
            let pruned = store.prune_ticks("a", 10).await;
            let (records, store) = reopen(&records).await;
            assert_eq!(left(&store, "a").await[..10], ids[..10]);
            if pruned.is_ok() {
                assert!(commits >= 3, "in several transactions");
                break;
            }
            assert_eq!(code(pruned), Code::Unavailable);
            store.prune_ticks("a", 10).await.unwrap();
            assert_eq!(left(&store, "a").await, ids[..10]);
            assert!(records.largest_commit() <= MOST_WRITES);
            assert_eq!(rows_in(&records, &TICKS), 10 + ids[..10].iter().filter(|id| id.contains(' ')).count());
        }
    }
}

#[tokio::test]
async fn ticks_that_come_meanwhile_stay() {
    let (_, store, faults) = faulty().await;
    fill(&store, "a", MANY).await;
    faults.lock().unwrap().push_back(Fault::Conflict);
    let arrival = async { store.store_ticks(vec![tick("a", 1_000_001), tick("a", 1_000_002)]).await.unwrap() };
    let (pruned, stored) = tokio::join!(store.prune_ticks("a", 0), arrival);
    assert_eq!(pruned.unwrap(), 600);
    assert_eq!(left(&store, "a").await, [stored[1].clone(), stored[0].clone()]);
}

#[tokio::test]
async fn it_reads_what_stays_and_what_goes() {
    let (records, store) = store().await;
    fill(&store, "a", MANY).await;
    fill(&store, "b", MANY).await;
    let before = records.reads();
    assert_eq!(store.prune_ticks("a", 590).await.unwrap(), 10);
    let reads = records.reads() - before;
    // Each that stays and the one after them; each that goes, and where its id is looked up.
    assert!(reads <= 591 + 10 + 4, "{reads} reads");
}
