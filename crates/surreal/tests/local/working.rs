//! Concurrent callers, on the real engines.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use rivers_storage::records::{Row, Table};
use rivers_storage::{Result, Store, key};
use tempfile::tempdir;

use crate::{memory, open, set, store};

async fn count_one(store: &Store) -> Result<i64> {
    store
        .transact((), |tx, ()| {
            Box::pin(async move {
                let counter = key!(Table::Pool, "counter");
                let count = tx.get(&counter).await?.map_or(Ok(0), |mut row| row.take::<i64>("n"))? + 1;
                tx.set(counter, Row::new().with("n", count));
                Ok(count)
            })
        })
        .await
}

async fn all_are_counted(store: &Store) {
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut counts = Vec::new();
                for _ in 0..20 {
                    counts.push(count_one(&store).await.unwrap());
                }
                counts
            })
        })
        .collect();
    let mut counts = Vec::new();
    for caller in callers {
        counts.extend(caller.await.unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=1000).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_serialised() {
    let handle = memory().await;
    all_are_counted(&store(&handle)).await;
    handle.close().await.unwrap();

    let directory = tempdir().unwrap();
    let handle = open(directory.path()).await.unwrap();
    all_are_counted(&store(&handle)).await;
    handle.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_callers_do_not_affect_others() {
    let directory = tempdir().unwrap();
    let handle = open(directory.path()).await.unwrap();
    let store = store(&handle);
    for _ in 0..50 {
        let mut dropped: Vec<_> = (0..4).map(|_| Box::pin(count_one(&store))).collect();
        for call in &mut dropped {
            drop(call.as_mut().poll(&mut Context::from_waker(Waker::noop())));
        }
        drop(dropped);
        count_one(&store).await.unwrap();
    }
    handle.close().await.unwrap();
}

#[test]
fn in_memory_a_call_is_done_at_its_first_poll() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let handle = runtime.block_on(memory());
    let store = store(&handle);
    runtime.block_on(set(&store, "a"));
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..500 {
        assert!(matches!(Box::pin(count_one(&store)).as_mut().poll(&mut cx), Poll::Ready(Ok(_))));
        assert!(matches!(Box::pin(store.kv_get("a")).as_mut().poll(&mut cx), Poll::Ready(Ok(Some(_)))));
    }
    runtime.block_on(handle.close()).unwrap();
}
