//! Shared stores, and when they open and close.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rivers_storage::Code;
use rivers_storage_surreal::{Durability, EmbeddedOptions, embedded};
use tempfile::tempdir;

use crate::{has, memory, open, set, store};

const fn options(durability: Option<Durability>, cache_size: Option<u64>) -> EmbeddedOptions {
    EmbeddedOptions { durability, cache_size }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_of_a_directory_is_the_same_store() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("a/b?sync=never");
    let first = open(&path).await.unwrap();
    std::os::unix::fs::symlink(&path, directory.path().join("link")).unwrap();
    let with_slash = format!("{}/", path.display());
    let roundabout = path.join("../b?sync=never");
    for name in [&path, &directory.path().join("link"), Path::new(&with_slash), &roundabout] {
        let again = open(name).await.unwrap();
        assert!(Arc::ptr_eq(first.store(), again.store()), "{}", name.display());
        again.close().await.unwrap();
    }
    assert!(path.join("LOCK").exists(), "the store is in the directory of that very name");
    set(&store(&first), "still open").await;
    first.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn other_options_than_those_of_the_open_store_are_a_conflict() {
    let directory = tempdir().unwrap();
    let first = embedded(directory.path(), options(Some(Durability::Relaxed), None)).await.unwrap();
    for (other, named) in
        [(options(Some(Durability::Commit), None), "relaxed"), (options(None, Some(1 << 20)), "33554432")]
    {
        let error = embedded(directory.path(), other).await.err().unwrap();
        assert_eq!(error.code(), Code::Conflict);
        assert!(error.message().contains(named), "{error}");
    }
    for same in [options(None, None), options(Some(Durability::Relaxed), Some(32 << 20))] {
        embedded(directory.path(), same).await.unwrap().close().await.unwrap();
    }
    first.close().await.unwrap();
    embedded(directory.path(), options(Some(Durability::Commit), Some(1 << 20))).await.unwrap().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_handle_leaves_the_others_alone() {
    let directory = tempdir().unwrap();
    let (first, second) = (open(directory.path()).await.unwrap(), open(directory.path()).await.unwrap());
    first.close().await.unwrap();
    first.close().await.unwrap();
    set(&store(&second), "a").await;
    second.close().await.unwrap();
    let error = store(&second).kv_get("a").await.unwrap_err();
    assert_eq!(error.code(), Code::Closed);
    let error = store(&first).kv_set("a".to_owned(), Vec::new()).await.unwrap_err();
    assert_eq!(error.code(), Code::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_never_shared_and_can_be_closed() {
    let (one, other) = (memory().await, memory().await);
    set(&store(&one), "a").await;
    assert!(!has(&store(&other), "a").await);
    one.close().await.unwrap();
    assert_eq!(store(&one).kv_get("a").await.unwrap_err().code(), Code::Closed);
    other.close().await.unwrap();
    assert!(one.is_memory());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_opens_again_at_once_and_everything_is_there() {
    let directory = tempdir().unwrap();
    for round in 0..20 {
        let handle = open(directory.path()).await.unwrap();
        for earlier in 0..round {
            assert!(has(&store(&handle), &format!("round {earlier}")).await);
        }
        set(&store(&handle), &format!("round {round}")).await;
        handle.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_openings_share_one_engine() {
    let directory = tempdir().unwrap();
    let path = directory.path().to_owned();
    let opening: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn({
                let path = path.clone();
                async move { open(&path).await }
            })
        })
        .collect();
    let mut handles = Vec::new();
    for handle in opening {
        handles.push(handle.await.unwrap().unwrap());
    }
    assert!(handles.iter().all(|handle| Arc::ptr_eq(handle.store(), handles[0].store())));
    for handle in handles {
        handle.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_during_the_last_close_gets_a_working_store() {
    let directory = tempdir().unwrap();
    let mut handle = open(directory.path()).await.unwrap();
    for round in 0..20 {
        let path = directory.path().to_owned();
        let (closed, opened) = tokio::join!(handle.close(), async {
            tokio::time::sleep(Duration::from_micros(300 * round)).await;
            open(&path).await
        });
        closed.unwrap();
        handle = opened.unwrap();
        set(&store(&handle), "a").await;
    }
    handle.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_openings_and_handles_free_the_path() {
    let directory = tempdir().unwrap();
    for round in 0..10 {
        let path = directory.path().to_owned();
        let opening = tokio::spawn(async move { open(&path).await.map(drop) });
        tokio::time::sleep(Duration::from_millis(round)).await;
        opening.abort();
        drop(opening.await);
    }
    open(directory.path()).await.unwrap().close().await.unwrap();
    // Dropped openings may still be opening and closing.
    let lock = directory.path().join("rivers.lock");
    let free = async {
        while std::fs::File::open(&lock).unwrap().try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), free).await.expect("the store is closed at last");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_waits_for_open_views() {
    let directory = tempdir().unwrap();
    let handle = open(directory.path()).await.unwrap();
    let view = store(&handle).view().await.unwrap();
    let closing = tokio::spawn(async move { handle.close().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!closing.is_finished());
    assert!(view.get(&rivers_storage::key!(rivers_storage::records::Table::Kv, "a")).await.unwrap().is_none());
    drop(view);
    closing.await.unwrap().unwrap();
}
