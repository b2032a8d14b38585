//! Literals, and the keys of record ids.

use std::ops::Bound;

use surrealdb_sql::literal::ObjectEntry;
use surrealdb_sql::{Literal, RecordIdKeyGen, RecordIdKeyLit, RecordIdKeyRangeLit};

use super::walk::{Verdict, Walk, refuse};

impl Walk {
    pub fn literal(&self, literal: &mut Literal) -> Verdict {
        match literal {
            Literal::None
            | Literal::Null
            | Literal::UnboundedRange
            | Literal::Bool(_)
            | Literal::Float(_)
            | Literal::Integer(_)
            | Literal::Decimal(_)
            | Literal::Duration(_)
            | Literal::String(_)
            | Literal::Datetime(_)
            | Literal::Uuid(_)
            | Literal::Regex(_)
            | Literal::Geometry(_)
            | Literal::Bytes(_) => Ok(()),
            Literal::File(_) => refuse("names a file, which is outside the store"),
            Literal::RecordId(id) => self.key(&mut id.key),
            Literal::Array(elements) | Literal::Set(elements) => self.exprs(elements),
            Literal::Object(entries) => self.entries(entries),
        }
    }

    fn entries(&self, entries: &mut [ObjectEntry]) -> Verdict {
        self.exprs(entries.iter_mut().map(|ObjectEntry { key: _, value }| value))
    }

    fn key(&self, key: &mut RecordIdKeyLit) -> Verdict {
        match key {
            RecordIdKeyLit::Number(_)
            | RecordIdKeyLit::String(_)
            | RecordIdKeyLit::Uuid(_)
            | RecordIdKeyLit::Generate(RecordIdKeyGen::Rand) => Ok(()),
            RecordIdKeyLit::Array(elements) => self.exprs(elements),
            RecordIdKeyLit::Object(entries) => self.entries(entries),
            RecordIdKeyLit::Range(range) => self.key_range(range),
            RecordIdKeyLit::Generate(RecordIdKeyGen::Ulid) => refuse("reads the clock of this machine: ulid()"),
            RecordIdKeyLit::Generate(RecordIdKeyGen::Uuid) => refuse("reads the clock of this machine: uuid()"),
        }
    }

    pub fn key_range(&self, RecordIdKeyRangeLit { start, end }: &mut RecordIdKeyRangeLit) -> Verdict {
        for bound in [start, end] {
            match bound {
                Bound::Included(key) | Bound::Excluded(key) => self.key(key)?,
                Bound::Unbounded => {}
            }
        }
        Ok(())
    }
}
