//! The stamp of a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rivers_storage::records::{Key, Records, Row, Step, Table, Tx};
use rivers_storage::schema::{Migration, VERSION, migrate};
use rivers_storage::{Code, OpenStore, key};
use rivers_storage_testing::{Fault, Simulated};
use rivers_storage_testing::{NOW, open, reopen, store};

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

async fn stamped(stamp: Row) -> Arc<Simulated> {
    stamped_in(Simulated::new(NOW), stamp).await
}

async fn stamped_in(records: Simulated, stamp: Row) -> Arc<Simulated> {
    let records = Arc::new(records);
    records.transact(Box::new(Write(key!(Table::Meta, "schema"), stamp))).await.unwrap();
    records
}

async fn opening(stamp: Row) -> Result<(), (Code, String)> {
    let records = stamped(stamp).await;
    let opened = OpenStore::open(records).await;
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
async fn a_store_of_an_older_version_is_opened_after_its_migration_only() {
    let records = stamped(stamp(VERSION - 1, 0, 0)).await;
    let error = OpenStore::open(Arc::clone(&records) as _).await.map(|_| ()).unwrap_err();
    assert_eq!(error.code(), Code::Schema);
    let calls = ["migrateEmbedded", "migrateRemote"].map(str::to_owned);
    for mention in [format!("version {}", VERSION - 1), format!("version {VERSION}")].into_iter().chain(calls) {
        assert!(error.message().contains(&mention), "{error}");
    }
    assert_eq!(migrate(records.as_ref()).await.unwrap(), Migration { from: VERSION - 1, to: VERSION });
    let rows = records.rows();
    assert_eq!(migrate(records.as_ref()).await.unwrap(), Migration { from: VERSION, to: VERSION });
    assert_eq!(records.rows(), rows, "a store that has the schema is left as it is");
    open(&records).await;
    assert_eq!(records.context().store_id(), "abc", "what was in the stamp beside the versions is kept");
}

#[tokio::test]
async fn a_migration_makes_a_store_where_there_is_none_and_turns_no_newer_one_back() {
    let records = Arc::new(Simulated::new(NOW));
    assert_eq!(migrate(records.as_ref()).await.unwrap(), Migration { from: 0, to: VERSION });
    open(&records).await.kv_set("k".to_owned(), vec![1]).await.unwrap();
    assert_eq!(migrate(records.as_ref()).await.unwrap(), Migration { from: VERSION, to: VERSION });

    // Also one that this version may read and write.
    let records = stamped(stamp(VERSION + 1, 1, 1)).await;
    let rows = records.rows();
    let error = migrate(records.as_ref()).await.unwrap_err();
    assert_eq!(error.code(), Code::Schema);
    assert!(error.message().contains(&format!("version {}", VERSION + 1)), "{error}");
    assert_eq!(records.rows(), rows);
}

#[tokio::test]
async fn a_migration_is_one_transaction() {
    for (fault, opens) in [(Fault::CrashBefore, false), (Fault::CrashAfter, true)] {
        let commits = AtomicU32::new(0);
        let second = move || if commits.fetch_add(1, Ordering::SeqCst) == 1 { fault } else { Fault::None };
        let records = stamped_in(Simulated::with_faults(NOW, second), stamp(VERSION - 1, 0, 0)).await;
        assert_eq!(migrate(records.as_ref()).await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(OpenStore::open(Arc::new(records.restarted())).await.is_ok(), opens, "{fault:?}");
    }
}

#[tokio::test]
async fn each_opening_has_its_own_order_numbers_and_time_does_not_go_back() {
    let (records, first) = store().await;
    let before = records.context().next_order();
    first.advance_time(5000).await.unwrap();
    first.open.close().await.unwrap();
    let (records, _) = reopen(&records).await;
    assert!(records.context().next_order() > before + 1_000_000);

    let earlier = Arc::new(Simulated::at(&records, NOW));
    let store = open(&earlier).await;
    assert_eq!(store.now(), NOW + 5000);
}
