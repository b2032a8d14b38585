//! Keys of records and ranges of them. Their order is the engine's: by table, then part by part,
//! integers before texts, texts by code point, a key before the keys it begins.

use std::fmt;

use compact_str::CompactString;

use super::Table;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Int(i64),
    Text(CompactString),
}

impl Part {
    pub const fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Text(_) => None,
        }
    }

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

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub table: Table,
    pub parts: Vec<Part>,
}

impl Key {
    pub fn new<const N: usize>(table: Table, parts: [Part; N]) -> Self {
        Self { table, parts: parts.into() }
    }
}

/// `event:["run-1", 1764460800000, 3]`: for messages.
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

/// `key!(Table::Event, run_id, timestamp, order)`
#[macro_export]
macro_rules! key {
    ($table:expr $(, $part:expr)* $(,)?) => {
        $crate::records::Key::new($table, [$($crate::records::Part::from($part)),*])
    };
}

/// A place between keys: just before everything that begins with `parts`, or just past it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub parts: Vec<Part>,
    pub past: bool,
}

impl Edge {
    /// Whether a key with these parts lies before this place.
    pub fn is_after(&self, parts: &[Part]) -> bool {
        parts < self.parts.as_slice() || (self.past && parts.starts_with(&self.parts))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub table: Table,
    pub start: Edge,
    pub end: Edge,
}

impl Range {
    /// Every key that begins with this one.
    pub fn under(prefix: Key) -> Self {
        let start = Edge { parts: prefix.parts.clone(), past: false };
        let end = Edge { parts: prefix.parts, past: true };
        Self { table: prefix.table, start, end }
    }

    /// Only what comes at or after everything under `key`.
    #[must_use]
    pub fn from(mut self, key: Key) -> Self {
        self.start = Edge { parts: key.parts, past: false };
        self
    }

    /// Only what comes after everything under `key`.
    #[must_use]
    pub fn past(mut self, key: Key) -> Self {
        self.start = Edge { parts: key.parts, past: true };
        self
    }

    /// Only what comes before everything under `key`.
    #[must_use]
    pub fn before(mut self, key: Key) -> Self {
        self.end = Edge { parts: key.parts, past: false };
        self
    }

    /// Only what comes before or under `key`.
    #[must_use]
    pub fn through(mut self, key: Key) -> Self {
        self.end = Edge { parts: key.parts, past: true };
        self
    }

    pub fn contains(&self, key: &Key) -> bool {
        key.table == self.table && !self.start.is_after(&key.parts) && self.end.is_after(&key.parts)
    }
}
