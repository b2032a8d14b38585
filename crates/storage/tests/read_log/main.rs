//! Transactions that are checked by their read log are serialisable: whatever they read, their answers and the rows
//! that they leave equal those of the same transactions one after the other, in the order of their commits.

mod concurrent;
mod operations;
mod serial;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rivers_storage_testing::histories::config;

use self::operations::{Kind, Operation, clients};

fn check(clients: &[Vec<Operation>], forgotten: Option<Kind>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let run = runtime.block_on(concurrent::run(clients, forgotten));
    let mut content = serial::Content::new();
    for (at, (operation, answer)) in run.committed.iter().enumerate() {
        let expected = serial::apply(&mut content, operation);
        if *answer != expected {
            return Err(format!("commit {at}: {operation:?} answered {answer:?}, and {expected:?} in serial order"));
        }
    }
    if run.content == content { Ok(()) } else { Err(format!("{:?}, and {content:?} in serial order", run.content)) }
}

proptest! {
    #![proptest_config(config(4096))]

    #[test]
    fn transactions_are_serialisable(clients in clients()) {
        let checked = check(&clients, None);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }
}

/// The same operations each time.
fn is_noticed(forgotten: Kind) {
    let mut runner = TestRunner::deterministic();
    for case in 0..1000 {
        let clients = clients().new_tree(&mut runner).expect("clients").current();
        if let Err(difference) = check(&clients, Some(forgotten)) {
            println!("case {case}: {difference}");
            return;
        }
    }
    panic!("no case needs {forgotten:?} in the log");
}

#[test]
fn a_log_without_gets_is_noticed() {
    is_noticed(Kind::Get);
}

#[test]
fn a_log_without_many_gets_is_noticed() {
    is_noticed(Kind::GetMany);
}

#[test]
fn a_log_without_forward_scans_is_noticed() {
    is_noticed(Kind::ScanForward);
}

#[test]
fn a_log_without_backward_scans_is_noticed() {
    is_noticed(Kind::ScanBackward);
}

#[test]
fn a_log_without_many_scans_is_noticed() {
    is_noticed(Kind::ScanMany);
}
