//! The stamp of a store.

mod support;

use std::sync::Arc;

use rivers_storage::records::simulated::Simulated;
use rivers_storage::records::{Key, Records, Row, Step, Table, Tx};
use rivers_storage::{Base, Code, key};
use support::{NOW, open, reopen, store};

struct Write(Key, Row);

impl Step for Write {
    fn run<'t>(
        &'t self,
        tx: &'t mut Tx<'_>,
    ) -> rivers_storage::records::BoxFuture<'t, rivers_storage::Result<rivers_storage::records::Answer>> {
        tx.set(self.0.clone(), self.1.clone());
        Box::pin(async { Ok(Box::new(()) as rivers_storage::records::Answer) })
    }
}

fn stamp(version: i64, min_reader: i64, min_writer: i64) -> Row {
    Row::new()
        .with("version", version)
        .with("min_reader", min_reader)
        .with("min_writer", min_writer)
        .with("store_id", "abc")
        .with("openings", 1_i64)
        .with("seen_micros", 0_i64)
        .with("last_token", 0_i64)
}

async fn opening(stamp: Row) -> Result<(), (Code, String)> {
    let records = Arc::new(Simulated::new(NOW));
    records.transact(Box::new(Write(key!(Table::Meta, "schema"), stamp))).await.unwrap();
    let opened = Base::open(records).await;
    opened.map(|_| ()).map_err(|error| (error.code(), error.message().to_owned()))
}

#[tokio::test]
async fn a_store_that_this_version_may_not_write_is_refused_with_both_versions() {
    assert_eq!(opening(stamp(1, 1, 1)).await, Ok(()));
    assert_eq!(opening(stamp(7, 1, 1)).await, Ok(()));
    for refused in [stamp(7, 1, 2), stamp(7, 2, 1), stamp(7, 7, 7)] {
        let (code, message) = opening(refused).await.unwrap_err();
        assert_eq!(code, Code::Schema);
        assert!(message.contains("version 7") && message.contains("version 1"), "{message}");
    }
}

#[tokio::test]
async fn a_stamp_that_cannot_be_read_is_corrupt() {
    assert_eq!(opening(Row::new().with("version", "one")).await.unwrap_err().0, Code::Corrupt);
}

#[tokio::test]
async fn each_opening_has_its_own_order_numbers_and_time_does_not_go_back() {
    let (records, first) = store().await;
    let before = records.context().next_order();
    first.advance_time(5000).await.unwrap();
    first.base().close().await.unwrap();
    let (records, _) = reopen(&records).await;
    assert!(records.context().next_order() > before + 1_000_000);

    let earlier = Arc::new(Simulated::at(&records, NOW));
    let store = open(&earlier).await;
    assert_eq!(store.now(), NOW + 5000);
}
