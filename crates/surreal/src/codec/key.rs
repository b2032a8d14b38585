//! Keys as bytes: `tb:[part, part, …]`, as the engine's own encoder writes them; a test compares the two. A key is encoded
//! for each row that is read or written, and the engine's encoder would build a tree of values, with a decimal of 128 bits
//! per integer.
//!
//! An array is its elements in turn, and a zero. So the bytes of its first elements are a prefix of every key that begins
//! with them, and the next byte is zero or the tag of an element: at most 19.

use std::borrow::Cow;

use rivers_storage::Result;
use rivers_storage::records::{Edge, Key, Part, Range, Table};
use surrealdb_datastore::catalog::{DatabaseId, NamespaceId};
use surrealdb_datastore::key::schema::RecordKey;
use surrealdb_datastore::val::{Array, RecordIdKey, TableName};
use surrealdb_kvs::key::{KVKey, RawRange};

use crate::errors::failure;

const END: u8 = 0x00;
const ESCAPE: u8 = 0x01;
const NUMBER: u8 = 0x05;
const STRING: u8 = 0x06;
/// The kind of a number, after its digits.
const INT: u8 = 0x02;
/// Greater than every byte that can follow in a key.
const PAST: u8 = 0xFF;

pub struct Keys {
    /// For each table, the prefix of all its array keys.
    tables: Vec<Vec<u8>>,
}

impl Keys {
    pub fn new(ns: NamespaceId, db: DatabaseId) -> Result<Self> {
        let begin = |table: &Table| {
            let name = TableName::from(table.name());
            let id = RecordIdKey::Array(Array::default());
            let key = RecordKey::new(ns, db, Cow::Owned(name), Cow::Owned(id)).encode_key();
            let mut bytes = key.map_err(|error| failure("cannot encode a key", error))?.into_vec();
            bytes.pop();
            Ok(bytes)
        };
        Ok(Self { tables: Table::ALL.iter().map(begin).collect::<Result<_>>()? })
    }

    pub fn key(&self, key: &Key) -> Vec<u8> {
        let mut bytes = self.begin(key.table, &key.parts);
        bytes.push(END);
        bytes
    }

    pub fn range(&self, range: &Range) -> RawRange {
        RawRange::of_bytes(&self.edge(range.table, &range.start), &self.edge(range.table, &range.end))
    }

    fn edge(&self, table: Table, edge: &Edge) -> Vec<u8> {
        let mut bytes = self.begin(table, &edge.parts);
        if edge.past {
            bytes.push(PAST);
        }
        bytes
    }

    fn begin(&self, table: Table, parts: &[Part]) -> Vec<u8> {
        let table = &self.tables[table as usize];
        let mut bytes = Vec::with_capacity(table.len() + 24 * parts.len() + 1);
        bytes.extend_from_slice(table);
        for part in parts {
            match part {
                Part::Int(value) => push_int(&mut bytes, *value),
                Part::Text(value) => push_text(&mut bytes, value),
            }
        }
        bytes
    }
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(STRING);
    if text.bytes().all(|byte| byte > ESCAPE) {
        bytes.extend_from_slice(text.as_bytes());
    } else {
        for byte in text.bytes() {
            if byte <= ESCAPE {
                bytes.push(ESCAPE);
            }
            bytes.push(byte);
        }
    }
    bytes.push(END);
}

/// The sign, then the number of digits, then the digits, two in a byte. A digit is encoded as itself plus 1, so that none
/// is zero. The bytes of a negative number are inverted.
fn push_int(bytes: &mut Vec<u8>, value: i64) {
    const ZERO: u8 = 0x80;
    const POSITIVE: u8 = 0xA0;
    const NEGATIVE: u8 = 0x40;
    const BIAS: u16 = 6144;

    bytes.push(NUMBER);
    if value == 0 {
        bytes.push(ZERO);
    } else {
        let mut digits = [0; 20];
        let digits = decimal_digits(value.unsigned_abs(), &mut digits);
        let scale = BIAS + u16::from(digits.len().to_le_bytes()[0]) - 1;
        let (sign, scale, inverted) = if value > 0 { (POSITIVE, scale, 0x00) } else { (NEGATIVE, !scale, 0xFF) };
        bytes.push(sign);
        bytes.extend_from_slice(&scale_bytes(scale));
        let mut pairs = digits.chunks_exact(2);
        bytes.extend(pairs.by_ref().map(|pair| ((pair[0] << 4) | pair[1]) ^ inverted));
        bytes.push(pairs.remainder().first().map_or(0x0F, |digit| digit << 4) ^ inverted);
    }
    bytes.extend_from_slice(&[ESCAPE, 0x00, END, INT]);
}

/// In base 255, so that neither byte is zero.
fn scale_bytes(scale: u16) -> [u8; 2] {
    let byte = |value: u16| value.to_le_bytes()[0] + 1;
    [byte(scale / 255), byte(scale % 255)]
}

/// From 1 for the digit zero to 10 for the digit nine.
fn decimal_digits(mut value: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut from = digits.len();
    while value > 0 {
        from -= 1;
        digits[from] = (value % 10).to_le_bytes()[0] + 1;
        value /= 10;
    }
    &digits[from..]
}

#[cfg(test)]
mod tests;
