//! A full disk: this binary itself, started again with a limit on the size of files.

use std::path::Path;
use std::process::Command;

use rivers_storage::Code;
use rivers_storage_surreal::{Durability, EmbeddedOptions, embedded};
use tempfile::tempdir;

use crate::{has, open, set, store};

const FILLED: &str = "RIVERS_TEST_FILLS";
const DURABILITY: &str = "RIVERS_TEST_DURABILITY";

/// Does nothing unless it is asked to fill a directory. Prints which writes were acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn fills_a_directory() {
    let Some(path) = std::env::var_os(FILLED) else { return };
    let durable = std::env::var(DURABILITY).unwrap() == "commit";
    let durability = Some(if durable { Durability::Commit } else { Durability::Relaxed });
    let handle = embedded(Path::new(&path), EmbeddedOptions { durability, cache_size: None }).await.unwrap();
    let store = store(&handle);
    for at in 0.. {
        match store.kv_set(format!("k{at}"), vec![0; 3000]).await {
            Ok(()) => println!("\nstored k{at}"),
            Err(error) => {
                assert_eq!(error.code(), Code::Io, "{error:?}");
                break;
            }
        }
    }
    if durable {
        let error = store.kv_get("k0").await.unwrap_err();
        assert_eq!(error.code(), Code::Io);
        assert!(error.message().contains("File too large"), "{error}");
        assert_eq!(store.kv_set("later".to_owned(), Vec::new()).await.unwrap_err().code(), Code::Io);
    } else {
        assert!(has(&store, "k0").await);
    }
    drop(handle.close().await);
}

async fn what_was_acknowledged_is_there(durability: &str) {
    let directory = tempdir().unwrap();
    let limited = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\"";
    let filling = Command::new("sh")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full::fills_a_directory", "--nocapture"])
        .env(FILLED, directory.path())
        .env(DURABILITY, durability)
        .output()
        .unwrap();
    let said = String::from_utf8(filling.stdout).unwrap();
    assert!(filling.status.success(), "{said}{}", String::from_utf8_lossy(&filling.stderr));
    let stored: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("stored ")).collect();
    assert!(stored.len() > 100, "{said}");

    let handle = open(directory.path()).await.unwrap();
    for key in stored {
        assert!(has(&store(&handle), key).await, "{key} was acknowledged");
    }
    set(&store(&handle), "there is room again").await;
    handle.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_store_ends_with_its_first_failed_commit() {
    what_was_acknowledged_is_there("commit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relaxed_store_can_still_be_read() {
    what_was_acknowledged_is_there("relaxed").await;
}
