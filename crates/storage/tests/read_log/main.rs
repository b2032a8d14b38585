//! Transactions that are checked by their read log are serialisable: whatever they read, their answers and the rows
//! that they leave equal those of the same transactions one after the other, in the order of their commits.

mod concurrent;
mod operations;
mod serial;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rivers_storage::records::Table;
use rivers_storage_testing::Isolation;
use rivers_storage_testing::histories::config;

use self::concurrent::Place;
use self::operations::{Kind, Operation, clients};

const EVERYTHING: Place = Place { isolation: Isolation::Everything, table: Table::Kv, forgotten: None };
/// As on a server.
const GUARDED: Place = Place { isolation: Isolation::RowsAndGuard, table: Table::Slot, forgotten: None };

fn check(clients: &[Vec<Operation>], place: Place) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let run = runtime.block_on(concurrent::run(clients, place));
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
        let checked = check(&clients, EVERYTHING);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }

    #[test]
    fn rows_and_a_guard_are_enough_for_a_guarded_table(clients in clients()) {
        let checked = check(&clients, GUARDED);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
    }
}

/// The same operations each time.
fn is_noticed(place: Place) {
    let mut runner = TestRunner::deterministic();
    for case in 0..1000 {
        let clients = clients().new_tree(&mut runner).expect("clients").current();
        if let Err(difference) = check(&clients, place) {
            println!("case {case}: {difference}");
            return;
        }
    }
    panic!("no case shows it");
}

#[test]
fn a_log_without_gets_is_noticed() {
    is_noticed(Place { forgotten: Some(Kind::Get), ..EVERYTHING });
}

#[test]
fn a_log_without_many_gets_is_noticed() {
    is_noticed(Place { forgotten: Some(Kind::GetMany), ..EVERYTHING });
}

#[test]
fn a_log_without_forward_scans_is_noticed() {
    is_noticed(Place { forgotten: Some(Kind::ScanForward), ..EVERYTHING });
}

#[test]
fn a_log_without_backward_scans_is_noticed() {
    is_noticed(Place { forgotten: Some(Kind::ScanBackward), ..EVERYTHING });
}

#[test]
fn a_log_without_many_scans_is_noticed() {
    is_noticed(Place { forgotten: Some(Kind::ScanMany), ..EVERYTHING });
}

#[test]
fn a_missing_guard_is_noticed() {
    is_noticed(Place { table: Table::Kv, ..GUARDED });
}
