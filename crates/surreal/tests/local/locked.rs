//! A directory that another process has open: this binary itself, started again to hold it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rivers_storage::Code;
use tempfile::tempdir;

use crate::open;

const HELD: &str = "RIVERS_TEST_HOLDS";

/// Does nothing unless it is asked to hold a directory, until its input ends.
#[tokio::test(flavor = "multi_thread")]
async fn holds_a_directory() {
    let Some(path) = std::env::var_os(HELD) else { return };
    let handle = open(path.as_ref()).await.unwrap();
    println!("\nholding");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    handle.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_another_process_is_locked_at_once() {
    let directory = tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "locked::holds_a_directory", "--nocapture"])
        .env(HELD, directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap() == "holding"));

    let error = open(directory.path()).await.err().unwrap();
    assert_eq!(error.code(), Code::Locked, "{error:?}");
    assert!(error.message().contains(&format!("pid {}", child.id())), "{error}");
    assert!(error.message().contains(directory.path().to_str().unwrap()), "{error}");

    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    open(directory.path()).await.unwrap().close().await.unwrap();
}
