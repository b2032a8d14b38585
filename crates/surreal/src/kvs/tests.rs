//! The interface that the engine expects of a store, beyond what the records use, on both stores.

use std::ops::ControlFlow;

use surrealdb_kvs::api::Transactable;
use surrealdb_kvs::{Direction, Error, Key, KeyRange, TransactionBuilder, TransactionType};
use tempfile::{TempDir, tempdir};

use super::KvStore;
use crate::config::{EmbeddedOptions, EngineSettings};
use crate::folder::{LockedFolder, ResolvedFolder};

type BoxTransaction = Box<dyn Transactable>;

struct TestStore {
    datastore: KvStore,
    // Dropped after the store in it.
    _directory: TempDir,
}

impl TestStore {
    fn both() -> [Self; 2] {
        let settings = EngineSettings::from(EmbeddedOptions::default());
        let (one, other) = (tempdir().unwrap(), tempdir().unwrap());
        let folder = LockedFolder::lock(&ResolvedFolder::make(other.path()).unwrap()).unwrap();
        let directory = KvStore::directory(folder, &settings).unwrap();
        [Self { datastore: KvStore::memory(), _directory: one }, Self { datastore: directory, _directory: other }]
    }

    async fn begin(&self, kind: TransactionType) -> BoxTransaction {
        self.datastore.new_transaction(kind).await.unwrap().0
    }

    async fn commit(&self, rows: &[(&'static str, Option<&str>)]) {
        let tx = self.begin(TransactionType::Write).await;
        write(&tx, rows).await;
        tx.commit().await.unwrap();
    }
}

async fn write(tx: &BoxTransaction, rows: &[(&'static str, Option<&str>)]) {
    for (name, value) in rows {
        match value {
            Some(value) => tx.set(key(name), value.as_bytes().to_vec()).await.unwrap(),
            None => tx.del(key(name)).await.unwrap(),
        }
    }
}

fn key(name: &'static str) -> Key<'static> {
    Key::from(name.as_bytes())
}

fn all() -> KeyRange<'static> {
    KeyRange { start: key("a"), end: key("z") }
}

fn shown(key: &[u8], value: &[u8]) -> String {
    format!("{}={}", key.escape_ascii(), value.escape_ascii())
}

/// All rows, in every way to ask for them.
async fn rows(tx: &BoxTransaction) -> Vec<String> {
    let shown_all =
        |rows: Vec<(Vec<u8>, Vec<u8>)>| rows.iter().map(|(key, value)| shown(key, value)).collect::<Vec<_>>();
    let forward = shown_all(tx.scan(all(), u32::MAX, 0, None).await.unwrap().values);
    let mut backward = shown_all(tx.scanr(all(), u32::MAX, 0, None).await.unwrap().values);
    backward.reverse();
    assert_eq!(forward, backward);
    assert_eq!(tx.scan(all(), 2, 1, None).await.unwrap().values.len(), forward.len().saturating_sub(1).min(2));
    let keys = tx.keys(all(), u32::MAX, 0, None).await.unwrap().keys;
    assert_eq!(
        tx.keysr(all(), u32::MAX, 0, None).await.unwrap().keys.iter().rev().collect::<Vec<_>>(),
        keys.iter().collect::<Vec<_>>()
    );

    let mut cursor = tx.open_vals_cursor(all(), Direction::Forward, 0, None).await.unwrap();
    let mut in_batches = Vec::new();
    loop {
        let batch = cursor.next_batch(2).await.unwrap();
        if batch.is_empty() {
            break;
        }
        in_batches.extend(batch.iter().map(|(key, value)| shown(key, value)));
    }
    assert_eq!(in_batches, forward);
    let mut cursor = tx.open_keys_cursor(all(), Direction::Backward, 1, None).await.unwrap();
    let mut visited = 0;
    let mut visitor = |_: &[u8]| {
        visited += 1;
        Ok(ControlFlow::Break(()))
    };
    cursor.for_each(u32::MAX, &mut visitor).await.unwrap();
    assert_eq!(visited, usize::from(forward.len() > 1), "it was asked to stop after one");
    forward
}

#[tokio::test]
async fn a_reader_sees_a_snapshot_and_a_writer_its_own_writes() {
    for store in TestStore::both() {
        store.commit(&[("b", Some("1")), ("c", Some("1")), ("d", Some("1"))]).await;
        let reader = store.begin(TransactionType::Read).await;
        store.commit(&[("a", Some("2")), ("c", None), ("d", Some("2"))]).await;
        let later = store.begin(TransactionType::Read).await;
        let writer = store.begin(TransactionType::Write).await;
        write(&writer, &[("a", None), ("b", Some("3")), ("e", Some("3")), ("f", None)]).await;

        assert_eq!(rows(&reader).await, ["b=1", "c=1", "d=1"]);
        assert_eq!(reader.get(key("c"), None).await.unwrap(), Some(b"1".to_vec()));
        assert_eq!(rows(&later).await, ["a=2", "b=1", "d=2"]);
        assert_eq!(rows(&writer).await, ["b=3", "d=2", "e=3"]);
        assert!(!writer.exists(key("a"), None).await.unwrap());
        writer.cancel().await.unwrap();
        let after = store.begin(TransactionType::Read).await;
        assert_eq!(rows(&after).await, ["a=2", "b=1", "d=2"]);
    }
}

#[tokio::test]
async fn a_conditional_write_fails_unless_its_condition_holds() {
    for store in TestStore::both() {
        store.commit(&[("a", Some("1"))]).await;
        let tx = store.begin(TransactionType::Write).await;
        let value = |text: &str| text.as_bytes().to_vec();
        assert!(matches!(tx.put(key("a"), value("2")).await, Err(Error::TransactionKeyAlreadyExists)));
        tx.put(key("b"), value("2")).await.unwrap();
        let unmet = tx.putc(key("a"), value("3"), Some(value("2"))).await;
        assert!(matches!(unmet, Err(Error::TransactionConditionNotMet)));
        tx.putc(key("a"), value("3"), Some(value("1"))).await.unwrap();
        tx.putc(key("c"), value("3"), None).await.unwrap();
        assert!(matches!(tx.delc(key("b"), None).await, Err(Error::TransactionConditionNotMet)));
        tx.delc(key("b"), Some(b"2")).await.unwrap();
        assert_eq!(rows(&tx).await, ["a=3", "c=3"]);
    }
}

#[tokio::test]
async fn nested_savepoints_undo_later_writes() {
    for store in TestStore::both() {
        let tx = store.begin(TransactionType::Write).await;
        write(&tx, &[("a", Some("1"))]).await;
        tx.new_save_point().await.unwrap();
        write(&tx, &[("a", Some("2"))]).await;
        tx.new_save_point().await.unwrap();
        write(&tx, &[("b", Some("3"))]).await;
        tx.rollback_to_save_point().await.unwrap();
        assert_eq!(rows(&tx).await, ["a=2"]);
        tx.new_save_point().await.unwrap();
        write(&tx, &[("b", Some("4"))]).await;
        tx.release_last_save_point().await.unwrap();
        assert_eq!(rows(&tx).await, ["a=2", "b=4"]);
        tx.rollback_to_save_point().await.unwrap();
        assert_eq!(rows(&tx).await, ["a=1"]);
        assert!(matches!(tx.rollback_to_save_point().await, Err(Error::NoSavepoint)));
    }
}

#[tokio::test]
async fn an_ended_or_reading_transaction_writes_nothing() {
    for store in TestStore::both() {
        let reader = store.begin(TransactionType::Read).await;
        assert!(matches!(reader.set(key("a"), vec![1]).await, Err(Error::TransactionReadonly)));
        assert!(matches!(reader.commit().await, Err(Error::TransactionReadonly)));
        for commits in [true, false] {
            let tx = store.begin(TransactionType::Write).await;
            if commits {
                tx.commit().await.unwrap();
            } else {
                tx.cancel().await.unwrap();
            }
            assert!(tx.closed());
            assert!(matches!(tx.set(key("a"), vec![1]).await, Err(Error::TransactionFinished)));
            assert!(matches!(tx.get(key("a"), None).await, Err(Error::TransactionFinished)));
            assert!(matches!(tx.scan(all(), 1, 0, None).await, Err(Error::TransactionFinished)));
            assert!(matches!(tx.commit().await, Err(Error::TransactionFinished)));
        }
        let after = store.begin(TransactionType::Read).await;
        assert!(rows(&after).await.is_empty());
        assert!(matches!(after.get(key("a"), Some(1)).await, Err(Error::UnsupportedVersionedQueries)));
        let nothing = KeyRange { start: key("z"), end: key("a") };
        assert!(after.scan(nothing, 1, 0, None).await.unwrap().values.is_empty());
    }
}
