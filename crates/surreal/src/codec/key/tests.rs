use proptest::prelude::*;
use rivers_storage::key;
use surrealdb_datastore::val::{Number, Value};

use super::*;

const NS: NamespaceId = NamespaceId(1);
const DB: DatabaseId = DatabaseId(2);

/// Encoded by the engine's own encoder.
fn by_engine(key: &Key) -> Vec<u8> {
    let part = |part: &Part| match part {
        Part::Int(value) => Value::Number(Number::Int(*value)),
        Part::Text(value) => Value::String(value.as_str().into()),
    };
    let id = RecordIdKey::Array(Array(key.parts.iter().map(part).collect()));
    let table = TableName::from(key.table.name());
    RecordKey::new(NS, DB, Cow::Owned(table), Cow::Owned(id)).encode_key().unwrap().into_vec()
}

fn keys() -> Keys {
    Keys::new(NS, DB).unwrap()
}

#[test]
fn a_key_is_these_bytes() {
    let bytes = keys().key(&key!(Table::Event, "run\0", -70, 0, 1_700));
    let expected: &[u8] = b"/*\0\0\0\x01*\0\0\0\x02*event\0*\x05\
        \x06run\x01\0\0\
        \x05\x40\xe9\xe7\x7e\xf0\x01\0\0\x02\
        \x05\x80\x01\0\0\x02\
        \x05\xa0\x19\x1c\x28\x11\x0f\x01\0\0\x02\
        \0";
    assert_eq!(bytes, expected, "{}", bytes.escape_ascii());
}

#[test]
fn extreme_integers_have_the_bytes_of_the_engine_s_encoder() {
    let tens = (0..19).flat_map(|exponent| [10_i64.pow(exponent) - 1, 10_i64.pow(exponent), 10_i64.pow(exponent) + 1]);
    let extremes = tens.flat_map(|value| [value, -value]).chain([i64::MIN, i64::MIN + 1, i64::MAX, i64::MAX - 1]);
    for value in extremes {
        let key = key!(Table::Tick, value);
        assert_eq!(keys().key(&key), by_engine(&key), "{value}");
    }
}

#[test]
fn a_table_s_number_is_its_index_in_the_list() {
    for (index, table) in Table::ALL.iter().enumerate() {
        assert_eq!(*table as usize, index);
    }
}

fn part() -> impl Strategy<Value = Part> {
    let text = prop_oneof!["\\PC{0,40}", "[\0\u{1}\u{2}a\u{e000}\u{10000}]{0,4}"];
    prop_oneof![
        any::<i64>().prop_map(Part::from),
        (-12..12_i64).prop_map(Part::from),
        text.prop_map(|text| Part::from(&text))
    ]
}

fn some_key() -> impl Strategy<Value = Key> {
    (prop::sample::select(Table::ALL), prop::collection::vec(part(), 0..5))
        .prop_map(|(table, parts)| Key { table, parts })
}

proptest! {
    #[test]
    fn keys_have_the_bytes_of_the_engine_s_encoder(key in some_key()) {
        prop_assert_eq!(keys().key(&key), by_engine(&key));
    }

    #[test]
    fn bytes_have_the_order_of_keys(parts in prop::collection::vec(prop::collection::vec(part(), 0..3), 2)) {
        let [a, b] = [0, 1].map(|which| Key { table: Table::Kv, parts: parts[which].clone() });
        prop_assert_eq!(keys().key(&a).cmp(&keys().key(&b)), a.cmp(&b));
    }

    #[test]
    fn an_edge_lies_between_the_same_keys(parts in prop::collection::vec(part(), 0..3), of in prop::collection::vec(part(), 0..3), past: bool) {
        let edge = Edge { parts: of, past };
        let before = keys().key(&Key { table: Table::Kv, parts: parts.clone() }) < keys().edge(Table::Kv, &edge);
        prop_assert_eq!(before, edge.is_after(&parts));
    }
}
