//! Reads fields of rows and parts of keys.

use rivers_storage::records::{FromValue, Key, Row};

pub fn field<T: FromValue>(row: &Row, name: &str) -> T {
    let value = row.fields().iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    T::from_value(value).expect("a field")
}

pub fn text(key: &Key, at: usize) -> String {
    key.parts[at].text().expect("a text").to_owned()
}

pub fn int(key: &Key, at: usize) -> i64 {
    key.parts[at].int().expect("an integer")
}
