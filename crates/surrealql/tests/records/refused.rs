use std::fs;
use std::path::Path;

use rivers_storage::{Code, Error};
use rivers_storage_surreal::{EmbeddedOptions, embedded};
use surrealdb_datastore::key::schema::{MigrationKey, VersionKey};
use surrealdb_kvs::key::KVKey;
use surrealdb_kvs::{Key, TransactionType};
use tempfile::{TempDir, tempdir};

use super::{database, engine, query};

async fn open(path: &Path) -> Result<(), Error> {
    embedded(path, EmbeddedOptions::default()).await?.close().await
}

async fn closed_store() -> TempDir {
    let directory = tempdir().unwrap();
    open(directory.path()).await.unwrap();
    directory
}

async fn refusal(directory: &TempDir) -> Error {
    open(directory.path()).await.expect_err("the store should be refused")
}

/// The refusal names the addition and frees the path. The store opens when the addition is removed.
async fn refused_while(define: &str, remove: &str, named: [&str; 2]) {
    let directory = closed_store().await;
    for (statement, refused) in [(define, true), (remove, false)] {
        let raw = database(directory.path()).await;
        query(&raw, statement).await;
        raw.close().await.unwrap();
        if refused {
            let error = refusal(&directory).await;
            assert_eq!(error.code(), Code::Schema, "{error:?}");
            assert!(named.iter().all(|name| error.message().contains(name)), "{error}");
        } else {
            open(directory.path()).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index() {
    refused_while("DEFINE INDEX by_key ON kv FIELDS key", "REMOVE INDEX by_key ON kv", ["'kv'", "index 'by_key'"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field() {
    refused_while("DEFINE FIELD a.b ON run TYPE int DEFAULT 1", "REMOVE FIELD a.b ON run", ["'run'", "field 'a.b'"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event() {
    let define = "DEFINE EVENT told ON event WHEN true THEN (CREATE x)";
    refused_while(define, "REMOVE EVENT told ON event", ["'event'", "event 'told'"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_over_a_table() {
    let define = "DEFINE TABLE shown AS SELECT count() FROM slot GROUP ALL";
    refused_while(define, "REMOVE TABLE shown", ["'slot'", "view 'shown'"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_turned_into_a_view() {
    let define = "DEFINE TABLE OVERWRITE tick AS SELECT count() FROM topology GROUP ALL";
    refused_while(define, "REMOVE TABLE tick", ["'tick'", "is a view"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changefeed() {
    let define = "DEFINE TABLE OVERWRITE lease CHANGEFEED 1d";
    refused_while(define, "DEFINE TABLE OVERWRITE lease", ["'lease'", "changefeed"]).await;
    let define = "DEFINE DATABASE OVERWRITE main CHANGEFEED 1d";
    refused_while(define, "DEFINE DATABASE OVERWRITE main", ["'main'", "changefeed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_beside_our_tables_are_accepted() {
    let directory = closed_store().await;
    let raw = database(directory.path()).await;
    query(&raw, "DEFINE TABLE mine CHANGEFEED 1d").await;
    query(&raw, "DEFINE INDEX of_mine ON mine FIELDS a").await;
    query(&raw, "DEFINE TABLE OVERWRITE kv PERMISSIONS FULL").await;
    raw.close().await.unwrap();
    open(directory.path()).await.unwrap();
}

/// Leaves a key in a directory as another version of the engine would.
async fn leave(directory: &TempDir, key: Key<'_>) {
    let raw = engine(directory.path()).await;
    let (tx, _) = raw.new_transaction(TransactionType::Write).await.unwrap();
    tx.set(key, 4_u16.to_be_bytes().to_vec()).await.unwrap();
    tx.commit().await.unwrap();
    drop(tx);
    raw.shutdown().await.unwrap();
}

async fn is_of_another_version(directory: &TempDir) {
    let error = refusal(directory).await;
    assert_eq!(error.code(), Code::Schema, "{error}");
    assert!(error.message().contains(directory.path().to_str().unwrap()), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_of_another_version() {
    let directory = closed_store().await;
    leave(&directory, VersionKey {}.encode_key().unwrap()).await;
    is_of_another_version(&directory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_changed_the_store_in_a_way_not_known_here() {
    let directory = closed_store().await;
    // Migrations of this version of the engine are accepted.
    database(directory.path()).await.close().await.unwrap();
    open(directory.path()).await.unwrap();
    leave(&directory, MigrationKey::new(4).encode_key().unwrap()).await;
    is_of_another_version(&directory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_no_engine_has_marked() {
    let directory = tempdir().unwrap();
    leave(&directory, Key::from(b"/something".as_slice())).await;
    is_of_another_version(&directory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_the_engine_itself_made_is_not() {
    let directory = tempdir().unwrap();
    let raw = database(directory.path()).await;
    query(&raw, "DEFINE NAMESPACE IF NOT EXISTS rivers").await;
    raw.close().await.unwrap();
    open(directory.path()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_something_unreadable() {
    let directory = closed_store().await;
    fs::write(directory.path().join("CURRENT"), "nonsense").unwrap();
    assert_eq!(refusal(&directory).await.code(), Code::Corrupt);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_can_be_no_directory() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = open(&path).await.unwrap_err();
        assert_eq!(error.code(), Code::Io);
        assert!(error.message().contains(file.to_str().unwrap()), "{error}");
    }
}
