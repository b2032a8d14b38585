//! The exit of a process. A test binary of its own, because all stores of the process are affected.

use std::path::Path;

use rivers_storage::Store;
use rivers_storage_surreal::{Durability, EmbeddedOptions, StoreHandle, cancel_background_work, embedded};
use tempfile::tempdir;

const ROWS: usize = 200;
const BYTES: usize = 1 << 18;

async fn open(path: &Path) -> (StoreHandle, Store) {
    let options = EmbeddedOptions { durability: Some(Durability::Relaxed), ..EmbeddedOptions::default() };
    let handle = embedded(path, options).await.unwrap();
    let store = handle.store().store("here");
    (handle, store)
}

/// Enough for flushes and compactions to take a while.
async fn fill(store: &Store) {
    for row in 0..ROWS {
        let noise = (0..BYTES).map(|at| ((at.wrapping_mul(row + 7) >> 3) ^ at).to_le_bytes()[0]).collect();
        store.kv_set(format!("key{row}"), noise).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_stores_close_and_keep_acknowledged_writes() {
    let directories = [tempdir().unwrap(), tempdir().unwrap()];
    let mut stores = Vec::new();
    for directory in &directories {
        let (handle, store) = open(directory.path()).await;
        fill(&store).await;
        stores.push((handle, store));
    }
    // One store closes before the cancellation, one after it.
    let (first, _) = stores.pop().unwrap();
    let closing = tokio::spawn(async move { first.close().await });
    tokio::task::yield_now().await;
    cancel_background_work();
    let (second, _) = stores.pop().unwrap();
    // Its close may fail, because its flush was cancelled.
    drop(second.close().await);
    drop(closing.await.unwrap());

    for directory in &directories {
        let (handle, store) = open(directory.path()).await;
        for row in 0..ROWS {
            assert_eq!(store.kv_get(&format!("key{row}")).await.unwrap().map(|value| value.len()), Some(BYTES));
        }
        fill(&store).await;
        handle.close().await.unwrap();
    }
}
