//! Those whose place in a queue has ended, and whom nobody has removed yet, are passed once and not for each who waits.

use rivers_storage::pools::SlotClaim;

use rivers_storage_testing::store;

const WAITING: u64 = 50;

/// What listing the waiters reads after so many have left without a word.
async fn reads_after(gone: i64) -> u64 {
    let (records, store) = store().await;
    store.set_pool_limit("db", 0, None).await.unwrap();
    store.set_pool_limit("db", 1, None).await.unwrap();
    let claim = |step: String, wait_ttl_ms| SlotClaim { wait_ttl_ms, ..SlotClaim::new("r", &step, &[("db", 1)]) };
    store.claim_concurrency_slots(claim("holds".to_owned(), 0)).await.unwrap();
    for at in 0..gone {
        store.claim_concurrency_slots(claim(format!("gone {at}"), 1000)).await.unwrap();
    }
    // A queue knows who comes first by the time.
    store.advance_time(1).await.unwrap();
    for at in 0..WAITING {
        store.claim_concurrency_slots(claim(format!("waits {at}"), 60_000)).await.unwrap();
    }
    store.advance_time(2000).await.unwrap();
    let before = records.reads();
    assert_eq!(store.get_pool_waiters("db").await.unwrap().len() as u64, WAITING);
    records.reads() - before
}

#[tokio::test]
async fn a_list_of_waiters_passes_those_who_are_gone_a_few_times() {
    let (alone, after_1000) = (reads_after(0).await, reads_after(1000).await);
    assert!(alone <= 2 * WAITING + 5, "{alone} reads");
    // Their ends, their rows, and their places in the queue: once in the list, once to find its head.
    assert!(after_1000 - alone <= 1000 * 6, "{after_1000} reads after 1000 have gone, {alone} without");
}
