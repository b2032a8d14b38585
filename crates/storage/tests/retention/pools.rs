//! Deleting pools.

use rivers_storage::Code;
use rivers_storage::pools::{ClaimStatus, SlotClaim};
use rivers_storage::records::Table;
use rivers_storage_testing::Fault;

use crate::help::{faulty, rows_in};
use rivers_storage_testing::{Storage, code, recount, reopen, store};

fn claim(step: &str, pools: &[(&str, i64)]) -> SlotClaim {
    SlotClaim { lease_ms: Some(1000), wait_ttl_ms: 1000, ..SlotClaim::new("r", step, pools) }
}

async fn token(store: &Storage, step: &str) -> i64 {
    match store.claim_concurrency_slots(claim(step, &[("db", 1)])).await.unwrap() {
        ClaimStatus::Claimed(grant) => grant.token,
        ClaimStatus::Pending { reason, .. } => panic!("{reason:?}"),
    }
}

#[tokio::test]
async fn an_unused_pool_is_deleted_and_others_stay() {
    let (records, here) = store().await;
    let there = Storage::at(&here.open, "there");
    here.set_pool_limit("d", 1, None).await.unwrap();
    let others = records.rows();
    here.set_pool_limit("db", 1, None).await.unwrap();
    assert!(here.delete_pool_limit("db").await.unwrap());
    assert_eq!(records.rows(), others, "it leaves nothing");
    assert_eq!(code(here.get_pool_info("db").await), Code::NotFound);
    assert_eq!(code(here.claim_concurrency_slots(claim("s", &[("d", 1), ("db", 1)])).await), Code::NotFound);
    assert_eq!(here.get_pool_limits().await.unwrap().len(), 1);

    let commits = records.commits();
    assert!(!here.delete_pool_limit("db").await.unwrap());
    assert!(!there.delete_pool_limit("d").await.unwrap(), "it is of another code location");
    assert_eq!(records.commits(), commits);
    assert!(here.get_pool_info("d").await.is_ok());
}

#[tokio::test]
async fn a_pool_that_is_held_or_waited_for_stays() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 2, None).await.unwrap();
    store.claim_concurrency_slots(claim("holds", &[("db", 2)])).await.unwrap();
    store.claim_concurrency_slots(claim("waits", &[("db", 1)])).await.unwrap();
    let rows = records.rows();
    let held = store.delete_pool_limit("db").await.unwrap_err();
    assert_eq!(held.code(), Code::Conflict);
    assert!(held.message().contains("'db'") && held.message().contains("2 slots"), "{held}");
    store.free_concurrency_slots("r", "holds", None).await.unwrap();
    let waited_for = store.delete_pool_limit("db").await.unwrap_err();
    assert_eq!(waited_for.code(), Code::Conflict);
    assert!(waited_for.message().contains("1 steps"), "{waited_for}");
    assert_eq!(rows.len() - records.rows().len(), 2, "only the lease and its slot are removed");
    store.free_concurrency_slots("r", "waits", None).await.unwrap();
    assert!(store.delete_pool_limit("db").await.unwrap());
    recount::check(&records);
}

#[tokio::test]
async fn expired_leases_and_entries_do_not_block_a_deletion_and_leave_other_pools_too() {
    let (records, store) = store().await;
    for pool in ["db", "api"] {
        store.set_pool_limit(pool, 1, None).await.unwrap();
    }
    let both = [("db", 1), ("api", 1)];
    store.claim_concurrency_slots(claim("holds", &both)).await.unwrap();
    store.claim_concurrency_slots(claim("waits", &both)).await.unwrap();
    store.advance_time(999).await.unwrap();
    assert_eq!(code(store.delete_pool_limit("db").await), Code::Conflict);
    store.advance_time(1).await.unwrap();
    assert!(store.delete_pool_limit("db").await.unwrap());
    recount::check(&records);
    assert_eq!(rows_in(&records, &[Table::Lease, Table::Slot, Table::Waiter, Table::PoolQueue, Table::PlaceEnd]), 0);
    let api = store.get_pool_info("api").await.unwrap();
    assert_eq!((api.claimed, api.pending), (0, 0));
}

/// No other pool is left from which an opening could read the last token.
#[tokio::test]
async fn tokens_increase_also_after_the_last_pool_was_deleted() {
    let (mut records, mut store) = store().await;
    let mut last = 0;
    for round in 0..3 {
        store.set_pool_limit("db", 1, None).await.unwrap();
        let granted = token(&store, &format!("s{round}")).await;
        assert!(granted > last);
        last = granted;
        assert_eq!(store.free_concurrency_slots_for_run("r").await.unwrap(), 1);
        assert!(store.delete_pool_limit("db").await.unwrap());
        (records, store) = reopen(&records).await;
    }
}

#[tokio::test]
async fn after_a_crash_the_pool_is_there_or_not() {
    for (fault, is_there) in [(Fault::CrashBefore, true), (Fault::CrashAfter, false)] {
        let (records, store, faults) = faulty().await;
        store.set_pool_limit("db", 1, None).await.unwrap();
        token(&store, "s").await;
        store.advance_time(1000).await.unwrap();
        faults.lock().unwrap().push_back(fault);
        assert_eq!(code(store.delete_pool_limit("db").await), Code::Unavailable);
        let (records, store) = reopen(&records).await;
        recount::check(&records);
        assert_eq!(store.get_pool_info("db").await.is_ok(), is_there);
    }
}
