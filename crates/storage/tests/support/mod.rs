//! What the tests of operations share: stores on simulated records.
#![allow(dead_code)] // each test file uses its own part of it

pub mod books;

use std::sync::Arc;

use rivers_storage::records::simulated::Simulated;
use rivers_storage::{Base, Code, Result, Store};

pub const NOW: i64 = 1_000_000;

pub async fn open(records: &Arc<Simulated>) -> Store {
    let base = Base::open(Arc::clone(records) as _).await.expect("opens");
    Store::new(base, "default")
}

pub async fn store() -> (Arc<Simulated>, Store) {
    let records = Arc::new(Simulated::new(NOW));
    let store = open(&records).await;
    (records, store)
}

/// A store as the next process finds it.
pub async fn reopen(records: &Simulated) -> (Arc<Simulated>, Store) {
    let records = Arc::new(records.restarted());
    let store = open(&records).await;
    (records, store)
}

pub fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.expect_err("fails").code()
}
