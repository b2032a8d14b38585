//! Rows as the values of ordinary records. A field that a row cannot hold is somebody else's and is
//! passed over, as is `id`, which the engine puts in when `SurrealQL` writes the record.

use rivers_storage::records::{Row, Value};
use surrealdb_datastore::catalog::Record;
use surrealdb_datastore::val::{Array, Bytes, Number, Object, Strand, Value as Stored};
use surrealdb_kvs::value::KVValue;

pub fn encode(row: Row) -> anyhow::Result<Vec<u8>> {
    let fields = row.into_fields().into_iter();
    let object: Object = fields.map(|(name, value)| (Strand::from(name.as_str()), stored(value))).collect();
    Record::new(Stored::Object(object)).kv_encode_value()
}

fn stored(value: Value) -> Stored {
    match value {
        Value::Bool(value) => Stored::Bool(value),
        Value::Int(value) => Stored::Number(Number::Int(value)),
        Value::Text(value) => Stored::String(Strand::from(value)),
        Value::Bytes(value) => Stored::Bytes(Bytes::from(value)),
        Value::List(values) => Stored::Array(Array(values.into_iter().map(stored).collect())),
    }
}

pub fn decode(bytes: &[u8]) -> anyhow::Result<Row> {
    let record: Record = revision::from_slice(bytes)?;
    let Stored::Object(object) = record.data else { return Err(anyhow::anyhow!("it is no object")) };
    let fields = object.0.into_iter().filter(|(name, _)| name.as_str() != "id");
    Ok(Row::from_fields(fields.filter_map(|(name, value)| Some((name.as_str().into(), read(value)?))).collect()))
}

fn read(value: Stored) -> Option<Value> {
    match value {
        Stored::Bool(value) => Some(Value::Bool(value)),
        Stored::Number(Number::Int(value)) => Some(Value::Int(value)),
        Stored::String(value) => Some(Value::Text(value.into_string())),
        Stored::Bytes(value) => Some(Value::Bytes(value.into_inner().into())),
        Stored::Array(Array(values)) => values.into_iter().map(read).collect::<Option<_>>().map(Value::List),
        _ => None,
    }
}
