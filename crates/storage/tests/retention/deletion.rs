//! Deleting runs.

use rivers_storage::Code;
use rivers_storage::pools::SlotClaim;
use rivers_storage::records::Table;
use rivers_storage::runs::{NewRun, RunOutcome, RunOutcomeStatus, RunProgress, RunStatus};
use rivers_storage_testing::Fault;

use crate::help::{
    MANY, MOST_WRITES, faulty, latest, latest_of, log, made, of, of_asset, of_run, over, put, register, rows_in, shown,
    step, times, with_id,
};
use rivers_storage_testing::{Storage, code, recount, reopen, store};

/// The tables with rows of one run.
const OF_RUNS: [Table; 19] = [
    Table::Event,
    Table::EventByAsset,
    Table::EventById,
    Table::Log,
    Table::LogById,
    Table::Run,
    Table::RunByTime,
    Table::RunByStatus,
    Table::RunQueue,
    Table::Cancellation,
    Table::Outcome,
    Table::RunDeletion,
    Table::Slot,
    Table::Lease,
    Table::Waiter,
    Table::PoolQueue,
    Table::PlaceEnd,
    Table::Tick,
    Table::TickById,
];

const SUCCESS: RunOutcome =
    RunOutcome { status: RunOutcomeStatus::Success, completed_steps: 1, total_steps: 1, message: None };

/// Run 'r' has ended, with many events and logs, some with an id of the caller's.
async fn fill(store: &Storage) {
    register(store, &["a", "b"]).await;
    over(store, "r").await;
    put(store, (0..MANY).map(|time| step("r", time)).collect()).await;
    put(store, vec![with_id("mine", step("r", -1)), of("p", made("r", "a", 5)), made("r", "b", 6)]).await;
    let mut logs: Vec<_> = (0..MANY).map(|_| log("r", None)).collect();
    logs.push(log("r", Some("mine")));
    store.store_run_logs(logs).await.unwrap();
}

#[tokio::test]
async fn an_unknown_run_is_none_and_one_that_has_not_ended_stays() {
    let (records, store) = store().await;
    put(&store, vec![step("unknown", 1)]).await;
    let before = records.commits();
    assert!(!store.delete_run("unknown".to_owned()).await.unwrap());
    assert_eq!(records.commits(), before);
    assert_eq!(of_run(&store, "unknown").await.len(), 1);
    for status in [RunStatus::Queued, RunStatus::NotStarted, RunStatus::Started] {
        let id = status.as_str();
        let run = NewRun { run_id: id.to_owned(), status: Some(status), ..NewRun::default() };
        store.create_runs(vec![run]).await.unwrap();
        let error = store.delete_run(id.to_owned()).await.unwrap_err();
        assert_eq!(error.code(), Code::Conflict);
        assert!(error.message().contains(&format!("is {id}")), "{error}");
        assert!(store.get_run(id).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn all_rows_of_the_run_are_deleted_and_none_of_others() {
    let (records, store) = store().await;
    store.set_pool_limit("pool", 1, None).await.unwrap();
    over(&store, "other").await;
    put(&store, vec![with_id("theirs", step("other", 1))]).await;
    store.store_run_logs(vec![log("other", Some("theirs"))]).await.unwrap();
    let others = rows_in(&records, &OF_RUNS);

    fill(&store).await;
    for step in ["holds", "waits"] {
        store.claim_concurrency_slots(SlotClaim::new("r", step, &[("pool", 1)])).await.unwrap();
    }
    store.request_cancellation("r".to_owned()).await.unwrap();
    store.update_run_status("r".to_owned(), RunStatus::Success, None).await.unwrap();
    assert!(store.delete_run("r".to_owned()).await.unwrap());

    assert_eq!(rows_in(&records, &OF_RUNS), others);
    recount::check(&records);
    assert_eq!(store.get_run("r").await.unwrap(), None);
    assert!(!store.is_cancelled("r").await.unwrap());
    assert_eq!(store.get_run_outcome("r").await.unwrap(), None);
    assert_eq!(store.get_run_progress("r").await.unwrap(), RunProgress::default());
    assert_eq!(of_run(&store, "other").await.len(), 1);
    assert!(!store.delete_run("r".to_owned()).await.unwrap());
}

#[tokio::test]
async fn the_outcome_goes_too_and_the_ids_are_free_again() {
    let (_, store) = store().await;
    fill(&store).await;
    store.set_run_outcome("r".to_owned(), SUCCESS).await.unwrap();
    assert!(store.delete_run("r".to_owned()).await.unwrap());
    assert_eq!(store.get_run_outcome("r").await.unwrap(), None);
    let of_another = NewRun { run_id: "r".to_owned(), job_name: Some(Some("new".to_owned())), ..NewRun::default() };
    store.create_runs(vec![of_another]).await.unwrap();
    put(&store, vec![with_id("mine", step("another", 1))]).await;
    store.store_run_logs(vec![log("another", Some("mine"))]).await.unwrap();
}

#[tokio::test]
async fn the_effects_of_the_run_on_assets_are_still_shown() {
    let (records, store) = store().await;
    register(&store, &["a", "b", "c"]).await;
    for run in ["older", "r"] {
        over(&store, run).await;
    }
    put(&store, vec![of("p", made("older", "a", 1)), of("q", made("older", "a", 2)), made("older", "b", 3)]).await;
    put(&store, vec![of("p", made("r", "a", 4)), made("r", "b", 5), made("r", "c", 6)]).await;
    put(&store, vec![of("p", made("later", "c", 7))]).await;
    let before = shown(&store).await;
    let latests = [latest(&store, "a").await, latest_of(&store, "a", "p").await, latest(&store, "b").await];
    assert!(latests.iter().all(|event| event.as_ref().is_some_and(|event| event.run_id == "r")));

    assert!(store.delete_run("r".to_owned()).await.unwrap());
    for (_, store) in [(records.clone(), store.clone()), reopen(&records).await] {
        assert_eq!(shown(&store).await, before);
        let still = [latest(&store, "a").await, latest_of(&store, "a", "p").await, latest(&store, "b").await];
        assert_eq!(still, latests);
        assert_eq!(times(&of_asset(&store, "a").await), [2, 1]);
        assert_eq!(latest_of(&store, "a", "q").await.unwrap().timestamp, 2);
        assert_eq!(latest(&store, "c").await.unwrap().timestamp, 7);
    }

    // A later one of the asset, then of the partition: each replaces the kept one.
    put(&store, vec![of("q", made("new", "a", 8))]).await;
    assert_eq!(latest(&store, "a").await.unwrap().timestamp, 8);
    assert_eq!(latest_of(&store, "a", "p").await, latests[1]);
    put(&store, vec![of("p", made("new", "a", 9)), made("new", "b", 10)]).await;
    assert_eq!(latest_of(&store, "a", "p").await.unwrap().timestamp, 9);
    assert_eq!(rows_in(&records, &[Table::KeptMaterialization]), 0);
}

#[tokio::test]
async fn each_transaction_is_small() {
    let (records, store) = store().await;
    register(&store, &["a"]).await;
    over(&store, "r").await;
    for batch in 0..20 {
        let event = |at| of(&format!("p{at}"), made("r", "a", at));
        put(&store, (batch * 100..(batch + 1) * 100).map(event).collect()).await;
    }
    // The commits of the filling are large: count from a store that has committed nothing yet.
    let (records, store) = reopen(&records).await;
    assert!(store.delete_run("r".to_owned()).await.unwrap());
    let largest = records.largest_commit();
    assert!(largest <= MOST_WRITES, "{largest} writes in one transaction");
    assert!(latest_of(&store, "a", "p7").await.is_some());
}

#[tokio::test]
async fn after_a_crash_all_rows_of_the_run_are_there_or_none() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        for commits in 0.. {
            let (records, store, faults) = faulty().await;
            fill(&store).await;
            let before = rows_in(&records, &OF_RUNS);
            let of_assets = shown(&store).await;
            faults.lock().unwrap().extend(std::iter::repeat_n(Fault::None, commits).chain([fault]));
            let deleted = store.delete_run("r".to_owned()).await;
            let (reopened, store) = reopen(&records).await;
            let left = rows_in(&reopened, &OF_RUNS);
            let begun = commits > 0 || fault == Fault::CrashAfter;
            assert_eq!(left, if begun { 0 } else { before }, "{fault:?} at commit {commits}");
            assert_eq!(store.get_run("r").await.unwrap().is_none(), begun);
            assert_eq!(shown(&store).await, of_assets);
            assert_eq!(latest_of(&store, "a", "p").await.unwrap().timestamp, 5);
            if deleted.is_ok() {
                assert!(commits > 5, "there were batches to crash between");
                break;
            }
            assert_eq!(code(deleted), Code::Unavailable);
        }
    }
}

/// A conflict at each commit of the deletion lets the other transaction commit before it.
#[tokio::test]
async fn a_run_created_with_the_same_id_during_the_deletion_loses_nothing() {
    let (records, store, faults) = faulty().await;
    fill(&store).await;
    faults.lock().unwrap().extend([Fault::None, Fault::Conflict, Fault::None, Fault::Conflict, Fault::None]);
    let deletion = store.delete_run("r".to_owned());
    let creation = async {
        while store.get_run("r").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        assert!(!of_run(&store, "r").await.is_empty(), "old events are still there");
        over(&store, "r").await;
        let events = put(&store, vec![with_id("mine", step("r", -1)), step("r", 3), of("p", made("r", "a", 4))]).await;
        assert_eq!(put(&store, vec![with_id("mine", step("r", -1))]).await, ["mine"]);
        let logs = store.store_run_logs(vec![log("r", Some("mine")), log("r", None)]).await.unwrap();
        assert!(!of_run(&store, "r").await.is_empty());
        assert_eq!(rows_in(&records, &[Table::RunDeletion]), 1, "the deletion is under way");
        (events, logs)
    };
    let (deleted, (events, logs)) = tokio::join!(deletion, creation);
    assert!(deleted.unwrap());
    let ids: Vec<String> = of_run(&store, "r").await.into_iter().map(|event| event.id).collect();
    assert_eq!(ids, events);
    let ids: Vec<String> = store.get_run_logs("r").await.unwrap().into_iter().map(|log| log.id).collect();
    assert_eq!(ids, logs);
    assert!(store.get_run("r").await.unwrap().is_some());
    assert_eq!(rows_in(&records, &[Table::RunDeletion]), 0);
    assert_eq!(store.get_events_for_run("r", None, Some("mine")).await.unwrap().len(), 2);

    assert!(store.delete_run("r".to_owned()).await.unwrap());
    assert_eq!(rows_in(&records, &OF_RUNS), 0);
}

#[tokio::test]
async fn concurrent_deletions_of_one_id_leave_nothing_and_one_of_each_run_answers_so() {
    let (records, store, faults) = faulty().await;
    fill(&store).await;
    faults.lock().unwrap().extend([Fault::Conflict, Fault::None].repeat(20));
    let again = async {
        while store.get_run("r").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        over(&store, "r").await;
        put(&store, vec![with_id("mine", step("r", 9))]).await;
        tokio::join!(store.delete_run("r".to_owned()), store.delete_run("r".to_owned()))
    };
    let (first, (second, third)) = tokio::join!(store.delete_run("r".to_owned()), again);
    assert_eq!([first.unwrap(), second.unwrap() ^ third.unwrap()], [true, true]);
    assert_eq!(rows_in(&records, &OF_RUNS), 0);
}

#[tokio::test]
async fn the_next_call_finishes_a_deletion_that_was_dropped() {
    let (records, store, faults) = faulty().await;
    fill(&store).await;
    faults.lock().unwrap().extend([Fault::None, Fault::Conflict, Fault::Conflict]);
    tokio::select! {
        biased;
        _ = store.delete_run("r".to_owned()) => panic!("the deletion was not dropped"),
        () = tokio::task::yield_now() => (),
    }
    faults.lock().unwrap().clear();
    assert!(store.get_run("r").await.unwrap().is_none());
    assert!(!of_run(&store, "r").await.is_empty());
    assert!(!store.delete_run("r".to_owned()).await.unwrap());
    assert_eq!(rows_in(&records, &OF_RUNS), 0);
}

#[tokio::test]
async fn an_answer_that_there_is_no_such_run_means_that_no_row_of_it_is_left() {
    let (records, store, faults) = faulty().await;
    fill(&store).await;
    faults.lock().unwrap().extend([Fault::None, Fault::Conflict, Fault::None, Fault::Conflict]);
    let second = async {
        while store.get_run("r").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
        assert!(!of_run(&store, "r").await.is_empty(), "old events are still there");
        assert!(!store.delete_run("r".to_owned()).await.unwrap());
        assert_eq!(of_run(&store, "r").await, []);
        assert_eq!(store.get_run_logs("r").await.unwrap(), []);
    };
    let (first, ()) = tokio::join!(store.delete_run("r".to_owned()), second);
    assert!(first.unwrap());
    assert_eq!(rows_in(&records, &OF_RUNS), 0);
}
