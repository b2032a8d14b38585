//! A process that ends: of its own, since all of its stores are told.

use std::path::Path;

use rivers_storage::Store;
use rivers_storage_surreal::{Durability, EmbeddedOptions, StoreHandle, cancel_background_work, embedded};
use tempfile::tempdir;

const ROWS: usize = 200;
const BYTES: usize = 1 << 18;

async fn open(path: &Path) -> (StoreHandle, Store) {
    let options = EmbeddedOptions { durability: Some(Durability::Relaxed), ..EmbeddedOptions::default() };
    let handle = embedded(path, options).await.unwrap();
    let store = Store::new(handle.base().clone(), "here");
    (handle, store)
}

/// So much that tables are written and merged for a while.
async fn fill(store: &Store) {
    for row in 0..ROWS {
        let noise = (0..BYTES).map(|at| ((at.wrapping_mul(row + 7) >> 3) ^ at).to_le_bytes()[0]).collect();
        store.kv_set(format!("key{row}"), noise).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_told_to_cancel_background_work_ends_and_has_what_was_acknowledged() {
    let directories = [tempdir().unwrap(), tempdir().unwrap()];
    let mut stores = Vec::new();
    for directory in &directories {
        let (handle, store) = open(directory.path()).await;
        fill(&store).await;
        stores.push((handle, store));
    }
    // One is told before it ends, one while it does.
    let (later, _) = stores.pop().unwrap();
    let ending = tokio::spawn(async move { later.close().await });
    tokio::task::yield_now().await;
    cancel_background_work();
    let (sooner, _) = stores.pop().unwrap();
    // It says that it could not do all that it should.
    drop(sooner.close().await);
    drop(ending.await.unwrap());

    for directory in &directories {
        let (handle, store) = open(directory.path()).await;
        for row in 0..ROWS {
            assert_eq!(store.kv_get(&format!("key{row}")).await.unwrap().map(|value| value.len()), Some(BYTES));
        }
        fill(&store).await;
        handle.close().await.unwrap();
    }
}
