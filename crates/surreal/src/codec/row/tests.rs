use proptest::prelude::*;
use surrealdb_datastore::catalog::{Metadata, RecordType};
use surrealdb_datastore::val::{Bytes, Duration, Object, Strand};
use surrealdb_kvs::value::KVValue;

use super::*;

fn stored(value: Value) -> EngineValue {
    match value {
        Value::Bool(value) => EngineValue::Bool(value),
        Value::Int(value) => EngineValue::Number(Number::Int(value)),
        Value::Text(value) => EngineValue::String(Strand::from(value.to_string())),
        Value::Bytes(value) => EngineValue::Bytes(Bytes::from(value)),
        Value::List(values) => EngineValue::Array(Array(values.into_iter().map(stored).collect())),
    }
}

fn object(row: Row) -> Object {
    row.into_fields().into_iter().map(|(name, value)| (Strand::from(name.as_str()), stored(value))).collect()
}

/// Encoded by the engine's own codec.
fn by_engine(object: Object) -> Vec<u8> {
    Record::new(EngineValue::Object(object)).kv_encode_value().unwrap()
}

fn encoded(row: &Row) -> Vec<u8> {
    encode(row, &mut Writer::default()).unwrap()
}

fn sorted(row: Row) -> Vec<(String, Value)> {
    let mut fields: Vec<_> = row.into_fields().into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields
}

fn some_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-300..300_i64).prop_map(Value::Int),
        ".{0,30}".prop_map(|text| Value::Text(text.into())),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(3, 40, 12, |inner| prop::collection::vec(inner, 0..12).prop_map(Value::List))
}

fn some_row() -> impl Strategy<Value = Row> {
    let fields = prop::collection::btree_map("[a-z_]{1,30}", some_value(), 0..14);
    let row = fields
        .prop_map(|fields| Row::from_fields(fields.into_iter().map(|(name, value)| (name.into(), value)).collect()));
    row.prop_filter("id is the engine's", |row| row.fields().iter().all(|(name, _)| name != "id"))
}

proptest! {
    #[test]
    fn rows_have_the_bytes_of_the_engine_s_codec(row in some_row()) {
        prop_assert_eq!(encoded(&row), by_engine(object(row)));
    }

    #[test]
    fn the_order_of_fields_does_not_change_the_bytes(
        (row, shuffled) in some_row().prop_flat_map(|row| (Just(row.clone()), Just(row.into_fields()).prop_shuffle())),
    ) {
        prop_assert_eq!(encoded(&Row::from_fields(shuffled)), encoded(&row));
    }

    #[test]
    fn both_decoders_read_an_encoded_row(row in some_row()) {
        let bytes = encoded(&row);
        let expected = sorted(row);
        prop_assert_eq!(decode_quickly(&bytes).ok().map(sorted), Some(expected.clone()));
        prop_assert_eq!(sorted(decode_any(&bytes).unwrap()), expected);
    }

    #[test]
    fn truncated_or_changed_bytes_do_not_panic(row in some_row(), cut in 0..400_usize, at in 0..400_usize, byte: u8) {
        let mut bytes = encoded(&row);
        bytes.truncate(cut);
        if let Some(changed) = bytes.get_mut(at) {
            *changed = byte;
        }
        drop(decode_quickly(&bytes));
    }
}

#[test]
fn fields_of_other_types_are_skipped() {
    let mut object = object(Row::new().with("kept", "yes").with("number", 7));
    object.insert(Strand::from("id"), EngineValue::String("ours:1".into()));
    object.insert(Strand::from("long"), EngineValue::Duration(Duration(std::time::Duration::from_secs(1))));
    object.insert(Strand::from("half"), EngineValue::Number(Number::Float(0.5)));
    object.insert(Strand::from("nothing"), EngineValue::Null);
    object.insert(Strand::from("mixed"), EngineValue::Array(Array(vec![EngineValue::Bool(true), EngineValue::None])));
    let bytes = by_engine(object);
    let expected = vec![("kept".to_owned(), Value::Text("yes".into())), ("number".to_owned(), Value::Int(7))];
    assert_eq!(decode_quickly(&bytes).ok().map(sorted), Some(expected.clone()));
    assert_eq!(sorted(decode_any(&bytes).unwrap()), expected);
}

#[test]
fn a_record_with_metadata_is_decoded() {
    let mut record = Record::new(EngineValue::Object(object(Row::new().with("a", 1))));
    record.metadata = Some(Metadata { record_type: RecordType::Table, aggregation_stats: Vec::new() });
    let bytes = record.kv_encode_value().unwrap();
    assert_eq!(decode_quickly(&bytes).unwrap().take::<i64>("a").unwrap(), 1);
}

#[test]
fn an_older_format_is_decoded_by_the_engine() {
    // Revision 1: no metadata, an object of one string.
    let bytes = b"\x01\0\x01\x0A\x01\x01\x01a\x01\x04\x01b";
    assert!(decode_quickly(bytes).is_err());
    assert_eq!(decode(bytes).unwrap().take::<String>("a").unwrap(), "b");
}

#[test]
fn a_row_with_a_field_twice_is_not_encoded() {
    let encoded = |row: Row| encode(&row, &mut Writer::default());
    assert!(encoded(Row::new().with("a", 1).with("a", 2)).is_err());
    assert!(encoded(Row::new().with("b", 1).with("c", 2).with("b", 3)).is_err());
}
