//! Keys of records, and ranges of keys. They are ordered by table, then part by part: integers before texts, texts by
//! code point, a key before the longer keys that begin with it. This is the engine's order.

use std::fmt;

use compact_str::CompactString;

use super::Table;

/// A part of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Integers are ordered by value, and before all texts.
    Int(i64),
    /// Texts are ordered by code point.
    Text(CompactString),
}

impl Part {
    /// The integer, or None for a text.
    pub const fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Text(_) => None,
        }
    }

    /// The text, or None for an integer.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Int(_) => None,
        }
    }
}

impl From<i64> for Part {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Part {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<&String> for Part {
    fn from(value: &String) -> Self {
        Self::Text(value.into())
    }
}

/// The key of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The table of the record.
    pub table: Table,
    /// What identifies the record in its table; `records/table.rs` lists the parts of each table.
    pub parts: Vec<Part>,
}

impl Key {
    /// A key with these parts. The macro [`key!`](crate::key) converts the parts, too.
    pub fn new<const N: usize>(table: Table, parts: [Part; N]) -> Self {
        Self { table, parts: parts.into() }
    }
}

/// For messages: `event:["run-1", 1764460800000, 3]`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:[", self.table.name())?;
        for (at, part) in self.parts.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match part {
                Part::Int(number) => write!(f, "{number}")?,
                Part::Text(text) => write!(f, "{text:?}")?,
            }
        }
        f.write_str("]")
    }
}

/// A key from a table and its parts: `key!(Table::Event, run_id, timestamp, order)`.
#[macro_export]
macro_rules! key {
    ($table:expr $(, $part:expr)* $(,)?) => {
        $crate::records::Key::new($table, [$($crate::records::Part::from($part)),*])
    };
}

/// An end of a range: before all keys that begin with `parts`, or after all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The beginning of the keys that the edge stands before or after.
    pub parts: Vec<Part>,
    /// Whether the edge is after these keys.
    pub past: bool,
}

impl Edge {
    /// Whether a key with these parts lies before the edge.
    pub fn is_after(&self, parts: &[Part]) -> bool {
        parts < self.parts.as_slice() || (self.past && parts.starts_with(&self.parts))
    }
}

/// A range of keys in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The table.
    pub table: Table,
    /// The first keys of the range are at or after this edge.
    pub start: Edge,
    /// The last keys of the range are before this edge.
    pub end: Edge,
}

impl Range {
    /// All keys that begin with this one, itself included.
    pub fn under(prefix: Key) -> Self {
        let start = Edge { parts: prefix.parts.clone(), past: false };
        let end = Edge { parts: prefix.parts, past: true };
        Self { table: prefix.table, start, end }
    }

    /// The same range, from the keys that begin with `key` on.
    #[must_use]
    pub fn from(mut self, key: Key) -> Self {
        self.start = Edge { parts: key.parts, past: false };
        self
    }

    /// The same range, from after all keys that begin with `key` on.
    #[must_use]
    pub fn past(mut self, key: Key) -> Self {
        self.start = Edge { parts: key.parts, past: true };
        self
    }

    /// The same range, up to and without the keys that begin with `key`.
    #[must_use]
    pub fn before(mut self, key: Key) -> Self {
        self.end = Edge { parts: key.parts, past: false };
        self
    }

    /// The same range, up to and with the keys that begin with `key`.
    #[must_use]
    pub fn through(mut self, key: Key) -> Self {
        self.end = Edge { parts: key.parts, past: true };
        self
    }

    /// Whether the key is in the range.
    pub fn contains(&self, key: &Key) -> bool {
        key.table == self.table && !self.start.is_after(&key.parts) && self.end.is_after(&key.parts)
    }
}
