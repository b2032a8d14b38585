//! Keys and rows as SurrealDB's values, and back.

use std::ops::Bound;

use compact_str::CompactString;
use rivers_storage::records::{Edge, Key, Part, Range, Row, Value as Field};
use rivers_storage::{Error, Result};
use surrealdb_types::{Array, Number, Object, Range as ValueRange, RecordId, RecordIdKey, RecordIdKeyRange, Value};

pub const fn int(value: i64) -> Value {
    Value::Number(Number::Int(value))
}

pub fn list(values: Vec<Value>) -> Value {
    Value::Array(Array::from(values))
}

pub fn record_id(key: &Key) -> RecordId {
    RecordId::new(key.table.name(), RecordIdKey::Array(Array::from(parts(&key.parts))))
}

/// As the id of all its records.
pub fn range(range: &Range) -> Value {
    let keys = RecordIdKeyRange { start: Bound::Included(edge(&range.start)), end: Bound::Excluded(edge(&range.end)) };
    Value::RecordId(RecordId::new(range.table.name(), RecordIdKey::Range(Box::new(keys))))
}

/// An array is before the longer arrays that begin with it, and a range is after each integer and text.
fn edge(edge: &Edge) -> RecordIdKey {
    let mut parts = parts(&edge.parts);
    if edge.past {
        parts.push(Value::Range(Box::new(ValueRange { start: Bound::Unbounded, end: Bound::Unbounded })));
    }
    RecordIdKey::Array(Array::from(parts))
}

fn parts(parts: &[Part]) -> Vec<Value> {
    let value = |part: &Part| match part {
        Part::Int(value) => int(*value),
        Part::Text(text) => Value::String(text.to_string()),
    };
    parts.iter().map(value).collect()
}

/// Of the id of one of our records.
pub fn parts_of(id: RecordId) -> Result<Vec<Part>> {
    let RecordIdKey::Array(values) = id.key else { return Err(unreadable("a record whose id is no array")) };
    let part = |value| match value {
        Value::Number(Number::Int(value)) => Ok(Part::Int(value)),
        Value::String(text) => Ok(Part::Text(text.into())),
        _ => Err(unreadable("an id with a part that is no integer and no text")),
    };
    values.into_inner().into_iter().map(part).collect()
}

pub fn object(row: &Row) -> Object {
    let mut object = Object::new();
    for (name, value) in row.fields() {
        object.insert(name.as_str(), field(value));
    }
    object
}

fn field(field_value: &Field) -> Value {
    match field_value {
        Field::Bool(value) => Value::Bool(*value),
        Field::Int(value) => int(*value),
        Field::Text(text) => Value::String(text.to_string()),
        Field::Bytes(bytes) => Value::Bytes(bytes.clone().into()),
        Field::List(values) => list(values.iter().map(field).collect()),
    }
}

/// A row, and the id of its record.
pub fn row(value: Value) -> Result<(Row, Option<RecordId>)> {
    let Value::Object(object) = value else { return Err(unreadable("a record that is no object")) };
    let mut id = None;
    let mut fields = Vec::new();
    for (name, value) in object.into_inner() {
        match value {
            Value::RecordId(record) if name == "id" => id = Some(record),
            Value::None | Value::Null => {}
            value => fields.push((CompactString::from(name), from_value(value)?)),
        }
    }
    // Models take fields in this order.
    fields.sort_by(|(one, _), (other, _)| (one.len(), one.as_bytes()).cmp(&(other.len(), other.as_bytes())));
    Ok((Row::from_fields(fields), id))
}

fn from_value(value: Value) -> Result<Field> {
    Ok(match value {
        Value::Bool(value) => Field::Bool(value),
        Value::Number(Number::Int(value)) => Field::Int(value),
        Value::String(text) => Field::Text(text.into()),
        Value::Bytes(bytes) => Field::Bytes(bytes.into_inner().to_vec()),
        Value::Array(values) => Field::List(values.into_inner().into_iter().map(from_value).collect::<Result<_>>()?),
        other => return Err(unreadable(&format!("a field of type {}", other.kind()))),
    })
}

fn unreadable(what: &str) -> Error {
    Error::corrupt(format!("the server answered with {what}, which rivers-storage does not store"))
}
