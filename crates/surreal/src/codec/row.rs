//! Rows as the values of ordinary records: objects with the row's fields. A field of a type that rows do not have was
//! added by a user, and is skipped. So is `id`, which the engine adds when SurrealQL writes the record.
//!
//! Written and read byte by byte, in the format of the engine's own codec; a test compares the two. The engine's codec
//! would build a tree of values for each row, which is most of the cost of a transaction or a list. It reads the records
//! that are not in the current format.

use std::borrow::Borrow;
use std::cmp::Ordering;

use compact_str::CompactString;
use rivers_storage::records::{Row, Value};
use surrealdb_datastore::catalog::Record;
use surrealdb_datastore::val::{Array, Number, Value as EngineValue};

use super::wire::{Kind, Reader, Unknown, Writer};

const ID: &str = "id";

type Field = (CompactString, Value);

/// The writer can be used again for the next row.
pub fn encode(row: &Row, writer: &mut Writer) -> anyhow::Result<Vec<u8>> {
    let fields = row.fields();
    if fields.is_sorted_by(is_before) {
        write_object(fields, writer);
    } else {
        let mut sorted: Vec<&Field> = fields.iter().collect();
        sorted.sort_unstable_by(|one, other| order(&one.0, &other.0));
        if !sorted.is_sorted_by(|one, other| is_before(one, other)) {
            return Err(anyhow::anyhow!("a row has a field twice"));
        }
        write_object(&sorted, writer);
    }
    writer.finish().ok_or_else(|| anyhow::anyhow!("a row is larger than 4 GiB"))
}

/// The engine's order of the fields of an object: shorter names first, names of one length by their bytes.
fn order(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

fn is_before(one: &Field, other: &Field) -> bool {
    order(&one.0, &other.0).is_lt()
}

fn write_object(fields: &[impl Borrow<Field>], writer: &mut Writer) {
    writer.record(|writer| {
        writer.value(Kind::Object, |writer| {
            writer.map(fields, |field| field.borrow().0.as_bytes(), |writer, field| write(writer, &field.borrow().1));
        });
    });
}

fn write(writer: &mut Writer, value: &Value) {
    match value {
        Value::Bool(value) => writer.bool(*value),
        Value::Int(value) => writer.int(*value),
        Value::Text(value) => writer.text(value),
        Value::Bytes(value) => writer.binary(value),
        Value::List(values) => writer.value(Kind::List, |writer| writer.list(values, write)),
    }
}

pub fn decode(bytes: &[u8]) -> anyhow::Result<Row> {
    decode_quickly(bytes).or_else(|Unknown| decode_any(bytes))
}

fn decode_quickly(bytes: &[u8]) -> Result<Row, Unknown> {
    let (Some(Kind::Object), mut object) = Reader::new(bytes).record()?.value()? else { return Err(Unknown) };
    let mut fields = Vec::new();
    object.map(|name, kind, value| {
        if name == ID {
            return Ok(());
        }
        match read(kind, value) {
            Ok(value) => fields.push((name.into(), value)),
            Err(Unread::Foreign) => {}
            Err(Unread::Unknown) => return Err(Unknown),
        }
        Ok(())
    })?;
    Ok(Row::from_fields(fields))
}

enum Unread {
    /// Rows have no values of its type.
    Foreign,
    /// It is not in the current format.
    Unknown,
}

impl From<Unknown> for Unread {
    fn from(Unknown: Unknown) -> Self {
        Self::Unknown
    }
}

fn read(kind: Option<Kind>, mut reader: Reader) -> Result<Value, Unread> {
    Ok(match kind.ok_or(Unread::Foreign)? {
        Kind::Bool => Value::Bool(reader.bool()?),
        Kind::Int => Value::Int(reader.int()?),
        Kind::Text => Value::Text(reader.text()?.into()),
        Kind::Binary => Value::Bytes(reader.binary()?.to_vec()),
        Kind::List => {
            let mut values = Vec::new();
            reader.list(|kind, value| read(kind, value).map(|value| values.push(value)))?;
            Value::List(values)
        }
        Kind::Object => return Err(Unread::Foreign),
    })
}

fn decode_any(bytes: &[u8]) -> anyhow::Result<Row> {
    let record: Record = revision::from_slice(bytes)?;
    let EngineValue::Object(object) = record.data else { return Err(anyhow::anyhow!("it is no object")) };
    let fields = object.0.into_iter().filter(|(name, _)| name.as_str() != ID);
    Ok(Row::from_fields(fields.filter_map(|(name, value)| Some((name.as_str().into(), convert(value)?))).collect()))
}

fn convert(value: EngineValue) -> Option<Value> {
    match value {
        EngineValue::Bool(value) => Some(Value::Bool(value)),
        EngineValue::Number(Number::Int(value)) => Some(Value::Int(value)),
        EngineValue::String(value) => Some(Value::Text(value.as_str().into())),
        EngineValue::Bytes(value) => Some(Value::Bytes(value.into_inner().into())),
        EngineValue::Array(Array(values)) => values.into_iter().map(convert).collect::<Option<_>>().map(Value::List),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
