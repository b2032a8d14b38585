//! The value of a record: named fields, as an engine stores them. Models turn into rows and back
//! by hand, field by field, so that what is stored is written down where the model is.

use compact_str::CompactString;

use crate::error::{Error, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Bool(bool),
    Int(i64),
    Text(CompactString),
    Bytes(Vec<u8>),
    List(Vec<Self>),
}

/// A field that is absent and one that is null are the same: neither is stored.
#[derive(Clone, Debug, Default)]
pub struct Row {
    fields: Vec<(CompactString, Value)>,
    /// How many of the first are not there any more: to move the others up for each took longer.
    taken: usize,
}

impl Row {
    pub fn new() -> Self {
        Self { fields: Vec::with_capacity(8), taken: 0 }
    }

    /// Shorter names first, and then by their bytes, is the order of the engine: a row that is written in
    /// it is not sorted when it is stored, and one that is taken apart in it is not searched.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl IntoValue) -> Self {
        if let Some(value) = value.into_value() {
            self.fields.push((CompactString::const_new(name), value));
        }
        self
    }

    pub const fn from_fields(fields: Vec<(CompactString, Value)>) -> Self {
        Self { fields, taken: 0 }
    }

    pub fn into_fields(mut self) -> Vec<(CompactString, Value)> {
        self.fields.split_off(self.taken)
    }

    pub fn fields(&self) -> &[(CompactString, Value)] {
        &self.fields[self.taken..]
    }

    /// Takes a field out. A field of another type, or none where one must be, is a corrupt record.
    pub fn take<T: FromValue>(&mut self, name: &'static str) -> Result<T> {
        let value = match self.fields().iter().position(|(field, _)| field == name) {
            Some(0) => {
                self.taken += 1;
                Some(std::mem::replace(&mut self.fields[self.taken - 1].1, Value::Bool(false)))
            }
            Some(at) => Some(self.fields.remove(self.taken + at).1),
            None => None,
        };
        T::from_value(value).ok_or_else(|| Error::corrupt(format!("a stored record has no readable field '{name}'")))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.fields() == other.fields()
    }
}

impl Eq for Row {}

pub trait IntoValue {
    fn into_value(self) -> Option<Value>;
}

pub trait FromValue: Sized {
    fn from_value(value: Option<Value>) -> Option<Self>;
}

macro_rules! plain {
    ($($type:ty => $variant:ident),*) => {$(
        impl IntoValue for $type {
            fn into_value(self) -> Option<Value> {
                Some(Value::$variant(self))
            }
        }
        impl FromValue for $type {
            fn from_value(value: Option<Value>) -> Option<Self> {
                match value {
                    Some(Value::$variant(value)) => Some(value),
                    _ => None,
                }
            }
        }
    )*};
}
plain!(bool => Bool, i64 => Int, CompactString => Text, Vec<u8> => Bytes);

impl IntoValue for &str {
    fn into_value(self) -> Option<Value> {
        Some(Value::Text(self.into()))
    }
}

impl IntoValue for String {
    fn into_value(self) -> Option<Value> {
        Some(Value::Text(self.into()))
    }
}

impl FromValue for String {
    fn from_value(value: Option<Value>) -> Option<Self> {
        CompactString::from_value(value).map(CompactString::into_string)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Option<Value> {
        self.and_then(T::into_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Option<Value>) -> Option<Self> {
        match value {
            None => Some(None),
            some => T::from_value(some).map(Some),
        }
    }
}

/// What can stand in a list: an empty list is not stored, and reads as empty.
pub trait Item: Sized {
    fn into_item(self) -> Value;
    fn from_item(value: Value) -> Option<Self>;
}

macro_rules! items {
    ($($type:ty => $variant:ident),*) => {$(
        impl Item for $type {
            fn into_item(self) -> Value {
                Value::$variant(self.into())
            }

            fn from_item(value: Value) -> Option<Self> {
                Self::from_value(Some(value))
            }
        }
    )*};
}
items!(String => Text, CompactString => Text, i64 => Int);

impl<A: Item, B: Item> Item for (A, B) {
    fn into_item(self) -> Value {
        Value::List(vec![self.0.into_item(), self.1.into_item()])
    }

    fn from_item(value: Value) -> Option<Self> {
        let Value::List(items) = value else { return None };
        let [a, b] = <[Value; 2]>::try_from(items).ok()?;
        Some((A::from_item(a)?, B::from_item(b)?))
    }
}

impl<A: Item, B: Item, C: Item> Item for (A, B, C) {
    fn into_item(self) -> Value {
        Value::List(vec![self.0.into_item(), self.1.into_item(), self.2.into_item()])
    }

    fn from_item(value: Value) -> Option<Self> {
        let Value::List(items) = value else { return None };
        let [a, b, c] = <[Value; 3]>::try_from(items).ok()?;
        Some((A::from_item(a)?, B::from_item(b)?, C::from_item(c)?))
    }
}

impl<T: Item> IntoValue for Vec<T> {
    fn into_value(self) -> Option<Value> {
        (!self.is_empty()).then(|| Value::List(self.into_iter().map(T::into_item).collect()))
    }
}

impl<T: Item> FromValue for Vec<T> {
    fn from_value(value: Option<Value>) -> Option<Self> {
        match value {
            None => Some(Self::new()),
            Some(Value::List(items)) => items.into_iter().map(T::from_item).collect(),
            Some(_) => None,
        }
    }
}
