//! Arguments and answers of a query, and their conversion to and from SurrealDB's values.

use surrealdb_types::{Array, Bytes, Datetime, Number, Object, ToSql, Value};

/// A value that JavaScript can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum PlainValue {
    /// NONE and NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text, or what has no type of its own in JavaScript.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A point in time, in milliseconds since the Unix epoch. Only in variables: an answer has a text.
    Time(i64),
    /// An array or a set.
    List(Vec<Self>),
    /// An object, in the order of its keys.
    Object(Vec<(String, Self)>),
}

impl PlainValue {
    /// A datetime becomes ISO text, a geometry `GeoJSON`, and what JavaScript has no type for its SurrealQL text.
    pub fn of(value: Value) -> Self {
        match value {
            Value::None | Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(Number::Int(value)) => Self::Int(value),
            Value::Number(Number::Float(value)) => Self::Float(value),
            Value::String(value) => Self::Text(value),
            Value::Bytes(value) => Self::Bytes(value.into_inner().to_vec()),
            Value::Datetime(value) => Self::Text(value.to_string()),
            Value::Geometry(value) => Self::of(Value::Object(value.as_object())),
            Value::Array(values) => Self::List(values.into_iter().map(Self::of).collect()),
            Value::Set(values) => Self::List(values.into_iter().map(Self::of).collect()),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(key, value)| (key, Self::of(value))).collect())
            }
            Value::Table(table) => Self::Text(table.into_string()),
            other @ (Value::Number(Number::Decimal(_))
            | Value::Duration(_)
            | Value::Uuid(_)
            | Value::RecordId(_)
            | Value::File(_)
            | Value::Range(_)
            | Value::Regex(_)) => Self::Text(other.to_sql()),
        }
    }

    /// How many bytes it takes, roughly: its texts, and eight for each value.
    pub fn size(&self) -> usize {
        let inner = match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Time(_) => 0,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(values) => values.iter().map(Self::size).sum(),
            Self::Object(fields) => fields.iter().map(|(key, value)| key.len() + value.size()).sum(),
        };
        8 + inner
    }
}

impl From<PlainValue> for Value {
    fn from(plain: PlainValue) -> Self {
        match plain {
            PlainValue::Null => Self::Null,
            PlainValue::Bool(value) => Self::Bool(value),
            PlainValue::Int(value) => Self::Number(Number::Int(value)),
            PlainValue::Float(value) => Self::Number(Number::Float(value)),
            PlainValue::Text(value) => Self::String(value),
            PlainValue::Bytes(value) => Self::Bytes(Bytes::from(value)),
            PlainValue::Time(millis) => datetime(millis).map_or(Self::None, Self::Datetime),
            PlainValue::List(values) => Self::Array(values.into_iter().map(Self::from).collect::<Array>()),
            PlainValue::Object(fields) => {
                Self::Object(fields.into_iter().map(|(key, value)| (key, Self::from(value))).collect::<Object>())
            }
        }
    }
}

/// None if the calendar does not reach that far.
fn datetime(millis: i64) -> Option<Datetime> {
    let nanos = u32::try_from(millis.rem_euclid(1000)).ok()? * 1_000_000;
    Datetime::from_timestamp(millis.div_euclid(1000), nanos)
}
