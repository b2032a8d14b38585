//! A transaction reads its own writes, in memory and on disk.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rivers_storage::clock::Clock;
use rivers_storage::records::{Direction, Edge, Key, Part, Range, Reads, Row, Table, Write};
use surrealdb_kvs::TransactionType;
use tempfile::tempdir;

use crate::codec::key::Keys;
use crate::config::{EmbeddedOptions, EngineSettings};
use crate::engine::Engine;
use crate::folder::ResolvedFolder;
use crate::group_commit::WriteTransaction as _;
use crate::open::{Location, open_datastore};
use crate::schema_guard::prepare;
use crate::version::ensure_marked;

async fn new_engine(location: Location) -> Engine {
    let datastore = open_datastore(&location).await.unwrap();
    ensure_marked(&datastore).await.unwrap();
    let database = prepare(&datastore).await.unwrap();
    let keys = Keys::new(database.namespace_id, database.database_id).unwrap();
    Engine::new(datastore, keys, "test".to_owned(), true, Clock::system())
}

fn key(parts: &[Part]) -> Key {
    Key { table: Table::Slot, parts: parts.to_vec() }
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = prop_oneof![(-2..3_i64).prop_map(Part::from), "[ab\0]{0,2}".prop_map(|text| Part::from(&text))];
    prop::collection::vec(part, 1..3)
}

fn changes() -> impl Strategy<Value = Vec<(Vec<Part>, Option<i64>)>> {
    prop::collection::vec((parts(), prop::option::of(any::<i64>())), 0..20)
}

fn edge() -> impl Strategy<Value = Edge> {
    (parts(), any::<bool>()).prop_map(|(parts, past)| Edge { parts, past })
}

fn writes(changes: &[(Vec<Part>, Option<i64>)]) -> Vec<Write> {
    let set = |parts: &[Part], value: i64| Write::Set(key(parts), Row::new().with("n", value));
    let delete = |parts: &[Part]| Write::Delete(key(parts));
    changes.iter().map(|(parts, value)| value.map_or_else(|| delete(parts), |value| set(parts, value))).collect()
}

fn apply(rows: &mut BTreeMap<Vec<Part>, i64>, changes: &[(Vec<Part>, Option<i64>)]) {
    for (parts, value) in changes {
        match value {
            Some(value) => rows.insert(parts.clone(), *value),
            None => rows.remove(parts),
        };
    }
}

fn number(mut row: Row) -> i64 {
    row.take("n").unwrap()
}

/// Commits the first changes, makes the second in a transaction, and compares all its reads with a model.
async fn compare_reads(
    engine: &Engine,
    stored: &[(Vec<Part>, Option<i64>)],
    own: &[(Vec<Part>, Option<i64>)],
    range: &Range,
) {
    let tx = engine.transaction(TransactionType::Write).await.unwrap();
    let first: Vec<_> = {
        let rows = tx.scan(&Range::under(key(&[])), Direction::Forward, usize::MAX).await.unwrap();
        assert!(rows.is_empty(), "the test before left something");
        writes(stored)
    };
    tx.write(&first).await.unwrap();
    tx.commit().await.unwrap();

    let mut rows = BTreeMap::new();
    apply(&mut rows, stored);
    apply(&mut rows, own);
    let tx = engine.transaction(TransactionType::Write).await.unwrap();
    tx.write(&writes(own)).await.unwrap();
    for limit in [0, 1, 3, usize::MAX] {
        let within: Vec<i64> = rows.iter().filter(|(parts, _)| range.contains(&key(parts))).map(|(_, n)| *n).collect();
        let forward: Vec<i64> = within.iter().copied().take(limit).collect();
        let backward: Vec<i64> = within.iter().rev().copied().take(limit).collect();
        for (direction, expected) in [(Direction::Forward, forward), (Direction::Backward, backward)] {
            let found = tx.scan(range, direction, limit).await.unwrap();
            assert_eq!(found.into_iter().map(number).collect::<Vec<_>>(), expected, "{direction:?} {limit}");
        }
    }
    let asked: Vec<Key> = stored.iter().chain(own).map(|(parts, _)| key(parts)).collect();
    let found = tx.get_many(&asked).await.unwrap();
    for (key, found) in asked.iter().zip(found) {
        assert_eq!(found.map(number), rows.get(&key.parts).copied());
        assert_eq!(tx.get(key).await.unwrap().map(number), rows.get(&key.parts).copied());
    }
    tx.end_without_writes().await.unwrap();

    let tx = engine.transaction(TransactionType::Write).await.unwrap();
    let undo: Vec<Write> = stored.iter().map(|(parts, _)| Write::Delete(key(parts))).collect();
    tx.write(&undo).await.unwrap();
    tx.commit().await.unwrap();
}

fn holds(location: Location, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let engine = runtime.block_on(new_engine(location));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let cases = (changes(), changes(), edge(), edge());
    let outcome = runner.run(&cases, |(stored, own, start, end)| {
        runtime.block_on(compare_reads(&engine, &stored, &own, &Range { table: Table::Slot, start, end }));
        Ok(())
    });
    runtime.block_on(engine.close()).unwrap();
    outcome.unwrap();
}

#[test]
fn a_transaction_sees_its_own_writes_in_memory() {
    holds(Location::Memory, 300);
}

#[test]
fn a_transaction_sees_its_own_writes_on_disk() {
    let directory = tempdir().unwrap();
    let folder = ResolvedFolder::make(directory.path()).unwrap();
    holds(Location::Directory(folder, EngineSettings::from(EmbeddedOptions::default())), 60);
}
