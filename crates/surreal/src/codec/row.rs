//! Rows as the values of ordinary records: objects with the row's fields. A field that a row cannot
//! hold is somebody else's and is passed over, as is `id`, which the engine puts in when `SurrealQL`
//! writes the record.
//!
//! Written and read byte by byte, as the engine's own codec does (a test holds the two against each
//! other): a tree of values for every row is most of what a transaction or a list would cost. What
//! is not in today's format is left to the engine to read.

use rivers_storage::records::{Row, Value};
use surrealdb_datastore::catalog::Record;
use surrealdb_datastore::val::{Array, Number, Value as Stored};

use super::wire::{Kind, Reader, Writer};

pub fn encode(row: &Row) -> anyhow::Result<Vec<u8>> {
    let mut fields: Vec<_> = row.fields().iter().collect();
    // As the bytes of the names are ordered, which begin with their length.
    fields.sort_unstable_by_key(|(name, _)| (name.len(), name.as_str()));
    if fields.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(anyhow::anyhow!("a row has a field twice"));
    }
    let mut writer = Writer::default();
    writer.record(|writer| {
        writer.value(Kind::Object, |writer| {
            writer.map(&fields, |(name, _)| name.as_bytes(), |writer, (_, value)| write(writer, value));
        });
    });
    writer.finish().ok_or_else(|| anyhow::anyhow!("a row is larger than 4 GiB"))
}

fn write(writer: &mut Writer, value: &Value) {
    match value {
        Value::Bool(value) => writer.bool(*value),
        Value::Int(value) => writer.int(*value),
        Value::Text(value) => writer.value(Kind::Text, |writer| writer.bytes(value.as_bytes())),
        Value::Bytes(value) => writer.binary(value),
        Value::List(values) => writer.value(Kind::List, |writer| writer.list(values, write)),
    }
}

pub fn decode(bytes: &[u8]) -> anyhow::Result<Row> {
    decode_quickly(bytes).map_or_else(|| decode_any(bytes), Ok)
}

fn decode_quickly(bytes: &[u8]) -> Option<Row> {
    let (Some(Kind::Object), mut object) = Reader::new(bytes).record()?.value()? else { return None };
    let mut fields = Vec::new();
    object.map(|name, kind, value| {
        if name != "id"
            && let Some(value) = read(kind, value)?
        {
            fields.push((name.into(), value));
        }
        Some(())
    })?;
    Some(Row::from_fields(fields))
}

/// Outside, whether it can be read here; inside, whether a row can hold it.
fn read(kind: Option<Kind>, mut reader: Reader) -> Option<Option<Value>> {
    let Some(kind) = kind else { return Some(None) };
    Some(match kind {
        Kind::Bool => Some(Value::Bool(reader.byte()? == 1)),
        Kind::Number => reader.int()?.map(Value::Int),
        Kind::Text => Some(Value::Text(reader.text()?.to_owned())),
        Kind::Binary => Some(Value::Bytes(reader.binary()?.to_vec())),
        Kind::List => {
            let mut values = Vec::new();
            reader.list(|kind, value| {
                values.push(read(kind, value)?);
                Some(())
            })?;
            values.into_iter().collect::<Option<_>>().map(Value::List)
        }
        Kind::Object => None,
    })
}

fn decode_any(bytes: &[u8]) -> anyhow::Result<Row> {
    let record: Record = revision::from_slice(bytes)?;
    let Stored::Object(object) = record.data else { return Err(anyhow::anyhow!("it is no object")) };
    let fields = object.0.into_iter().filter(|(name, _)| name.as_str() != "id");
    Ok(Row::from_fields(fields.filter_map(|(name, value)| Some((name.as_str().into(), convert(value)?))).collect()))
}

fn convert(value: Stored) -> Option<Value> {
    match value {
        Stored::Bool(value) => Some(Value::Bool(value)),
        Stored::Number(Number::Int(value)) => Some(Value::Int(value)),
        Stored::String(value) => Some(Value::Text(value.into_string())),
        Stored::Bytes(value) => Some(Value::Bytes(value.into_inner().into())),
        Stored::Array(Array(values)) => values.into_iter().map(convert).collect::<Option<_>>().map(Value::List),
        _ => None,
    }
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
