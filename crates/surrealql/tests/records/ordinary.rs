use std::fs;
use std::path::Path;

use rivers_storage::records::{Direction, Key, Part, Range, Row, Table, Value as Field};
use rivers_storage::{Store, key};
use rivers_storage_surreal::{EmbeddedOptions, StoreHandle, embedded};
use surrealdb_datastore::val::{Array, Number, Object, RecordIdKey, Value};
use tempfile::tempdir;

use super::{database, query};

async fn open(path: &Path) -> (StoreHandle, Store) {
    let handle = embedded(path, EmbeddedOptions::default()).await.unwrap();
    let store = handle.store().store("here");
    (handle, store)
}

fn some_key(table: Table) -> Key {
    key!(table, "run", -5, "step")
}

/// More than eight fields, because such objects have a table of offsets.
fn some_row(table: Table) -> Row {
    let row = Row::new().with("table", table.name()).with("int", -7).with("big", i64::MAX).with("yes", true);
    let row =
        row.with("bytes", vec![0_u8, 255]).with("text", "ü\0🦀").with("list", vec!["a".to_owned(), String::new()]);
    row.with("pairs", vec![("k".to_owned(), 1_i64)]).with("empty", "").with("last", 0)
}

async fn write(store: &Store, rows: Vec<(Key, Row)>) {
    let write = store.transact(rows, |tx, rows| {
        Box::pin(async move {
            for (key, row) in rows {
                tx.set(key.clone(), row.clone());
            }
            Ok(())
        })
    });
    write.await.unwrap();
}

async fn read(store: &Store, key: &Key) -> Vec<(String, Field)> {
    let row = store.view().await.unwrap().get(key).await.unwrap().unwrap();
    let mut fields: Vec<_> = row.into_fields().into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

const fn int(value: i64) -> Value {
    Value::Number(Number::Int(value))
}

const fn list(values: Vec<Value>) -> Value {
    Value::Array(Array(values))
}

fn object_of(value: Value) -> Object {
    let Value::Object(object) = value else { panic!("{value:?} is no object") };
    object
}

#[tokio::test(flavor = "multi_thread")]
async fn surrealql_sees_the_rows_of_every_table_of_a_closed_store() {
    let directory = tempdir().unwrap();
    let (handle, store) = open(directory.path()).await;
    write(&store, Table::ALL.iter().map(|table| (some_key(*table), some_row(*table))).collect()).await;
    handle.close().await.unwrap();

    let raw = database(directory.path()).await;
    for table in Table::ALL {
        let name = table.name();
        let selected = query(&raw, &format!("SELECT * FROM ONLY {name}:['run', -5, 'step']")).await;
        let mut object = object_of(selected);
        let Some(Value::RecordId(id)) = object.remove("id") else { panic!("{name} has no id") };
        let parts = vec![text("run"), int(-5), text("step")];
        assert_eq!((id.table.as_str(), id.key), (name, RecordIdKey::Array(Array(parts))));
        let expected: Vec<(&str, Value)> = vec![
            ("big", int(i64::MAX)),
            ("bytes", Value::Bytes(vec![0_u8, 255].into())),
            ("empty", text("")),
            ("int", int(-7)),
            ("last", int(0)),
            ("list", list(vec![text("a"), text("")])),
            ("pairs", list(vec![list(vec![text("k"), int(1)])])),
            ("table", text(name)),
            ("text", text("ü\0🦀")),
            ("yes", Value::Bool(true)),
        ];
        assert_eq!(object, expected.into_iter().collect::<Object>(), "{name}");
    }
    raw.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn surrealql_finds_rows_by_field_by_range_and_in_order() {
    let directory = tempdir().unwrap();
    let (handle, store) = open(directory.path()).await;
    let event = |at: i64| (key!(Table::Event, "run", at), Row::new().with("at", at));
    write(&store, (0..20).map(event).chain([(key!(Table::Event, "rum", 99), Row::new().with("at", 99))]).collect())
        .await;
    handle.close().await.unwrap();

    let raw = database(directory.path()).await;
    let ats = |from: i64, to: i64| list((from..to).map(int).collect());
    assert_eq!(query(&raw, "SELECT VALUE at FROM event:['run', 5]..['run', 9]").await, ats(5, 9));
    assert_eq!(query(&raw, "SELECT VALUE at FROM event WHERE at >= 17 AND at < 20").await, ats(17, 20));
    assert_eq!(query(&raw, "SELECT VALUE at FROM event ORDER BY id DESC LIMIT 1").await, list(vec![int(19)]));
    assert_eq!(query(&raw, "RETURN count(SELECT * FROM event)").await, int(21));
    assert_eq!(query(&raw, "SELECT VALUE at FROM event:['run']..['run', ..]").await, ats(0, 20));
    raw.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_surrealql_wrote_or_changed_are_read() {
    let directory = tempdir().unwrap();
    let (handle, store) = open(directory.path()).await;
    write(&store, vec![(some_key(Table::Run), some_row(Table::Run)), (key!(Table::Kv, "gone"), Row::new())]).await;
    let before = read(&store, &some_key(Table::Run)).await;
    handle.close().await.unwrap();

    let raw = database(directory.path()).await;
    query(&raw, "UPDATE run:['run', -5, 'step'] SET added = time::now(), int = -8").await;
    query(&raw, "CREATE kv:['new'] SET value = <bytes>'x', key = 'new'").await;
    query(&raw, "CREATE kv:not_ours SET key = 'nobody'").await;
    query(&raw, "DELETE kv:['gone']").await;
    // A server compresses large values by snappy, which no store of ours does, and keeps them in files of their own.
    query(&raw, "CREATE kv:['large'] SET value = <bytes>string::repeat('x', 20000), key = 'large'").await;
    raw.close().await.unwrap();
    let names = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
    assert!(names.into_iter().any(|name| name.extension().is_some_and(|ending| ending == "blob")));

    let (handle, store) = open(directory.path()).await;
    let mut expected = before;
    expected.iter_mut().filter(|(name, _)| name == "int").for_each(|(_, value)| *value = Field::Int(-8));
    assert_eq!(read(&store, &some_key(Table::Run)).await, expected);
    assert_eq!(store.kv_get("new").await.unwrap(), Some(b"x".to_vec()));
    assert_eq!(store.kv_get("large").await.unwrap(), Some(vec![b'x'; 20000]));
    // The id of `kv:not_ours` is no array, so no range of keys has it.
    let all = Range::under(Key { table: Table::Kv, parts: Vec::<Part>::new() });
    let listed = store.view().await.unwrap().scan(&all, Direction::Forward, 9).await.unwrap();
    assert_eq!(listed.len(), 2);
    handle.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_as_if_a_user_had_defined_them() {
    let directory = tempdir().unwrap();
    let (handle, _) = open(directory.path()).await;
    handle.close().await.unwrap();
    let raw = database(directory.path()).await;
    query(&raw, "DEFINE TABLE by_hand TYPE ANY SCHEMALESS PERMISSIONS NONE").await;
    let mut info = object_of(query(&raw, "INFO FOR DB").await);
    let tables = object_of(info.remove("tables").unwrap());
    let definition = |name: &str| match tables.get(name) {
        Some(Value::String(text)) => text.as_str().replace(name, "…"),
        other => panic!("{name}: {other:?}"),
    };
    for table in Table::ALL {
        assert_eq!(definition(table.name()), definition("by_hand"));
    }
    assert_eq!(tables.len(), Table::ALL.len() + 1);
    raw.close().await.unwrap();
}
