//! The value of a record: named fields. Models convert to rows and back by hand, field by field, so that the stored
//! format can be read beside the model.

use compact_str::CompactString;

use crate::error::{Error, Result};

/// The value of a field. There is no null: a field without a value is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A text. Short ones are stored inline.
    Text(CompactString),
    /// Bytes, for the values of the key-value store.
    Bytes(Vec<u8>),
    /// A list. It may be nested.
    List(Vec<Self>),
}

/// The fields of a record. An absent field and a null are the same: neither is stored.
///
/// The order of fields has no meaning. Models write and take them in the order in which rows are read, because that is
/// fastest: shorter names first, names of one length by their bytes.
#[derive(Clone, Debug, Default)]
pub struct Row {
    fields: Vec<Field>,
    /// How many fields at the front were taken.
    taken: usize,
}

type Field = (CompactString, Value);

impl Row {
    /// A row without fields.
    pub fn new() -> Self {
        Self { fields: Vec::with_capacity(8), taken: 0 }
    }

    /// Adds a field, unless the value is None or an empty list. A row that has a name twice is not stored.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl IntoValue) -> Self {
        if let Some(value) = value.into_value() {
            self.fields.push((CompactString::const_new(name), value));
        }
        self
    }

    /// A row with these fields. Each name must be there once.
    pub const fn from_fields(fields: Vec<Field>) -> Self {
        Self { fields, taken: 0 }
    }

    /// The fields that were not taken.
    pub fn into_fields(mut self) -> Vec<Field> {
        self.fields.split_off(self.taken)
    }

    /// The fields that were not taken.
    pub fn fields(&self) -> &[Field] {
        &self.fields[self.taken..]
    }

    /// The value of an integer field. The field stays in the row.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.fields().iter().find(|(field, _)| field == name).and_then(|(_, value)| match value {
            Value::Int(value) => Some(*value),
            _ => None,
        })
    }

    /// The value of a text field. The field stays in the row.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields().iter().find(|(field, _)| field == name).and_then(|(_, value)| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Takes a field out of the row. Fails with `Code::Corrupt` if the field has another type, or is absent and must
    /// not be.
    pub fn take<T: FromValue>(&mut self, name: &'static str) -> Result<T> {
        let at = self.fields().iter().position(|(field, _)| field == name);
        let value = at.map(|at| {
            let left = &mut self.fields[self.taken..];
            if at > 0 {
                // Few fields stand before it, since models take them in order. The fields after it do not move.
                left[..=at].rotate_right(1);
            }
            self.taken += 1;
            std::mem::replace(&mut left[0].1, Value::Bool(false))
        });
        T::from_value(value).ok_or_else(|| Error::corrupt(format!("a stored record has no readable field '{name}'")))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        let by_name = |row: &Self| {
            let mut fields = row.fields().to_vec();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            fields
        };
        by_name(self) == by_name(other)
    }
}

impl Eq for Row {}

/// A type of which a field can be made.
pub trait IntoValue {
    /// The value, or None for a field that is not stored.
    fn into_value(self) -> Option<Value>;
}

/// A type that can be made of a field.
pub trait FromValue: Sized {
    /// None if the value has another type, or is absent and must not be.
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

/// A type that can be an item of a list field. An empty list is not stored, and an absent list reads as empty.
pub trait Item: Sized {
    /// The item as a value.
    fn to_item(&self) -> Value;
    /// None if the value has another type.
    fn from_item(value: Value) -> Option<Self>;
}

macro_rules! items {
    ($($type:ty => $to_value:expr),*) => {$(
        impl Item for $type {
            fn to_item(&self) -> Value {
                $to_value(self)
            }

            fn from_item(value: Value) -> Option<Self> {
                Self::from_value(Some(value))
            }
        }
    )*};
}
items!(
    String => |text: &str| Value::Text(text.into()),
    CompactString => |text: &CompactString| Value::Text(text.clone()),
    i64 => |number: &i64| Value::Int(*number)
);

impl<A: Item, B: Item> Item for (A, B) {
    fn to_item(&self) -> Value {
        Value::List(vec![self.0.to_item(), self.1.to_item()])
    }

    fn from_item(value: Value) -> Option<Self> {
        let Value::List(items) = value else { return None };
        let [a, b] = <[Value; 2]>::try_from(items).ok()?;
        Some((A::from_item(a)?, B::from_item(b)?))
    }
}

impl<A: Item, B: Item, C: Item> Item for (A, B, C) {
    fn to_item(&self) -> Value {
        Value::List(vec![self.0.to_item(), self.1.to_item(), self.2.to_item()])
    }

    fn from_item(value: Value) -> Option<Self> {
        let Value::List(items) = value else { return None };
        let [a, b, c] = <[Value; 3]>::try_from(items).ok()?;
        Some((A::from_item(a)?, B::from_item(b)?, C::from_item(c)?))
    }
}

impl<T: Item> IntoValue for &Vec<T> {
    fn into_value(self) -> Option<Value> {
        (!self.is_empty()).then(|| Value::List(self.iter().map(T::to_item).collect()))
    }
}

impl<T: Item> IntoValue for Vec<T> {
    fn into_value(self) -> Option<Value> {
        (&self).into_value()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 7] = ["a", "b", "aa", "ab", "time", "order", "run_id"];

    /// Each name once at most.
    fn some_fields() -> impl Strategy<Value = Vec<(usize, i64)>> {
        let names = prop::sample::subsequence((0..NAMES.len()).collect::<Vec<_>>(), 0..=NAMES.len()).prop_shuffle();
        names.prop_flat_map(|names| {
            let values = prop::collection::vec(any::<i64>(), names.len());
            values.prop_map(move |values| names.iter().copied().zip(values).collect())
        })
    }

    proptest! {
        #[test]
        fn each_field_is_taken_once_and_the_others_stay(
            fields in some_fields(),
            taken in prop::collection::vec(0..NAMES.len(), 0..12),
        ) {
            let mut model = std::collections::BTreeMap::new();
            let mut row = Row::new();
            for (name, value) in fields {
                row = row.with(NAMES[name], value);
                model.insert(NAMES[name], value);
            }
            for name in taken {
                prop_assert_eq!(row.take::<Option<i64>>(NAMES[name]).unwrap(), model.remove(NAMES[name]));
                let left: std::collections::BTreeMap<_, _> =
                    row.fields().iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                prop_assert_eq!(left.len(), row.fields().len());
                let expected = model.iter().map(|(name, value)| (*name, Value::Int(*value))).collect();
                prop_assert_eq!(left, expected);
            }
        }

        #[test]
        fn a_row_is_the_same_whatever_the_order_of_its_fields(fields in some_fields()) {
            let as_they_came = fields.iter().fold(Row::new(), |row, &(name, value)| row.with(NAMES[name], value));
            let mut backwards = as_they_came.clone().into_fields();
            backwards.reverse();
            prop_assert_eq!(Row::from_fields(backwards), as_they_came);
        }
    }
}
