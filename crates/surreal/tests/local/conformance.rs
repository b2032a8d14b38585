//! The engine does what the simulated records do, on which the rest of the storage is tested.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rivers_storage::Result;
use rivers_storage::records::{Answer, BoxFuture, Direction, Edge, Key, Part, Range, Records, Row, Step, Table, Tx};
use rivers_storage_surreal::StoreHandle;
use rivers_storage_testing::Simulated;

use crate::{memory, open, store};

const TABLES: [Table; 3] = [Table::Kv, Table::Event, Table::Slot];

/// A step that writes these rows without reading any.
struct Changes(Vec<(Key, Option<Row>)>);

impl Step for Changes {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move {
            for (key, row) in &self.0 {
                match row {
                    Some(row) => tx.set(key.clone(), row.clone()),
                    None => tx.delete(key.clone()),
                }
            }
            Ok(Box::new(()) as Answer)
        })
    }
}

fn part() -> impl Strategy<Value = Part> {
    let odd = "[\0\u{1}\u{2}aA~\u{7f}\u{e000}\u{ffff}\u{10000}]{0,3}";
    let corners = prop::sample::select(&[i64::MIN, i64::MIN + 1, -10, -9, -1, 0, 1, 9, 10, 99, 100, i64::MAX][..]);
    prop_oneof![odd.prop_map(|text| Part::from(&text)), corners.prop_map(Part::from), any::<i64>().prop_map(Part::from)]
}

fn parts(least: usize) -> impl Strategy<Value = Vec<Part>> {
    prop::collection::vec(part(), least..4)
}

fn key() -> impl Strategy<Value = Key> {
    (prop::sample::select(&TABLES[..]), parts(1)).prop_map(|(table, parts)| Key { table, parts })
}

fn row() -> impl Strategy<Value = Row> {
    (any::<i64>(), ".{0,6}", prop::collection::vec(".{0,3}", 0..3))
        .prop_map(|(number, text, list)| Row::new().with("number", number).with("text", text).with("list", list))
}

fn range() -> impl Strategy<Value = Range> {
    let edge = || (parts(0), any::<bool>()).prop_map(|(parts, past)| Edge { parts, past });
    let any =
        (prop::sample::select(&TABLES[..]), edge(), edge()).prop_map(|(table, start, end)| Range { table, start, end });
    prop_oneof![
        any,
        key().prop_map(Range::under),
        prop::sample::select(&TABLES[..]).prop_map(|table| Range::under(Key::new(table, [])))
    ]
}

fn sorted(row: &Row) -> Vec<String> {
    let mut fields: Vec<_> = row.fields().iter().map(|field| format!("{field:?}")).collect();
    fields.sort();
    fields
}

async fn listed(records: &dyn Records, range: &Range, direction: Direction, limit: usize) -> Vec<Vec<String>> {
    let rows = records.view().await.unwrap().scan(range, direction, limit).await.unwrap();
    rows.iter().map(sorted).collect()
}

async fn found(records: &dyn Records, keys: &[Key]) -> Vec<Option<Vec<String>>> {
    let rows = records.view().await.unwrap().get_many(keys).await.unwrap();
    rows.iter().map(|row| row.as_ref().map(sorted)).collect()
}

async fn both_agree(handle: &StoreHandle, changes: Vec<Vec<(Key, Option<Row>)>>, ranges: &[Range]) {
    let simulated = Simulated::new(0);
    let store = store(handle);
    let keys: Vec<Key> = changes.iter().flatten().map(|(key, _)| key.clone()).collect();
    for step in changes {
        simulated.transact(Box::new(Changes(step.clone()))).await.unwrap();
        store.records().transact(Box::new(Changes(step))).await.unwrap();
    }
    assert_eq!(found(store.records(), &keys).await, found(&simulated, &keys).await);
    for range in ranges {
        for direction in [Direction::Forward, Direction::Backward] {
            for limit in [0, 1, 2, usize::MAX] {
                let expected = listed(&simulated, range, direction, limit).await;
                assert_eq!(
                    listed(store.records(), range, direction, limit).await,
                    expected,
                    "{range:?} {direction:?} {limit}"
                );
            }
        }
    }
    let clear = keys.into_iter().map(|key| (key, None)).collect();
    store.records().transact(Box::new(Changes(clear))).await.unwrap();
}

fn conforms(opened: impl Future<Output = StoreHandle>, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let handle = runtime.block_on(opened);
    let steps = prop::collection::vec(prop::collection::vec((key(), prop::option::weighted(0.8, row())), 0..12), 1..4);
    let mut runner = TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let outcome = runner.run(&(steps, prop::collection::vec(range(), 1..6)), |(steps, ranges)| {
        runtime.block_on(both_agree(&handle, steps, &ranges));
        Ok(())
    });
    runtime.block_on(handle.close()).unwrap();
    outcome.unwrap();
}

#[test]
fn in_memory() {
    conforms(memory(), 300);
}

#[test]
fn in_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    conforms(async { open(directory.path()).await.unwrap() }, 60);
}
