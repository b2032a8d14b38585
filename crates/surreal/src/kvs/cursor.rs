//! The rows of a range in turn: the stored rows, replaced by the transaction's own writes.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::ops::ControlFlow;
use std::vec;

use surrealdb_kvs::api::{
    BoxFut, KeySpan, KeyValSpan, KeyVisitor, KeysBatch, ScanChunkStats, ScanCursorKeys, ScanCursorVals, ValVisitor,
    ValsBatch,
};
use surrealdb_kvs::{Direction, KeysResult, Result, ScanResult, Val};

use super::view::RangeRows;

/// None deletes the key.
pub type WrittenRow = (Vec<u8>, Option<Val>);

pub struct Cursor<'t> {
    stored: RangeRows<'t>,
    written: Peekable<vec::IntoIter<WrittenRow>>,
    direction: Direction,
    // Reused buffers, which a batch borrows.
    keys: Vec<u8>,
    values: Vec<u8>,
    spans: Vec<KeyValSpan>,
    key_spans: Vec<KeySpan>,
}

impl<'t> Cursor<'t> {
    /// `written` has the transaction's own writes in the range, ordered by key.
    pub fn new(stored: RangeRows<'t>, mut written: Vec<WrittenRow>, direction: Direction, skip: u32) -> Result<Self> {
        if direction == Direction::Backward {
            written.reverse();
        }
        let written = written.into_iter().peekable();
        let (keys, values, spans, key_spans) = <(Vec<u8>, Vec<u8>, Vec<KeyValSpan>, Vec<KeySpan>)>::default();
        let mut cursor = Self { stored, written, direction, keys, values, spans, key_spans };
        cursor.visit(skip, &mut |_, _| Ok(ControlFlow::Continue(())))?;
        Ok(cursor)
    }

    pub fn visit(&mut self, limit: u32, visitor: &mut dyn ValVisitor) -> Result<ScanChunkStats> {
        let mut seen = ScanChunkStats::default();
        while seen.rows < limit.into() {
            let Some(next) = self.next() else { break };
            let (key, value) = match &next {
                Next::Stored => match self.stored.row() {
                    Some(row) => row,
                    None => break,
                },
                Next::Written(_, None) => continue,
                Next::Written(key, Some(value)) => (key.as_slice(), value.as_slice()),
            };
            let (key_bytes, value_bytes) = (key.len() as u64, value.len() as u64);
            let flow = visitor(key, value)?;
            seen.rows += 1;
            seen.key_bytes += key_bytes;
            seen.value_bytes += value_bytes;
            if matches!(next, Next::Stored) {
                self.stored.pass();
            }
            if flow.is_break() {
                break;
            }
        }
        self.stored.status()?;
        Ok(seen)
    }

    pub fn into_keys(mut self, limit: u32) -> Result<KeysResult> {
        let mut keys = Vec::new();
        let seen = self.visit(limit, &mut |key: &[u8], _: &[u8]| {
            keys.push(key.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(KeysResult { keys, key_bytes: seen.key_bytes })
    }

    pub fn into_rows(mut self, limit: u32) -> Result<ScanResult> {
        let mut values = Vec::new();
        let seen = self.visit(limit, &mut |key: &[u8], value: &[u8]| {
            values.push((key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(ScanResult { values, key_bytes: seen.key_bytes, value_bytes: seen.value_bytes })
    }

    /// A written row replaces the stored row of the same key. The caller passes a stored row after its visit, because the
    /// row is borrowed until then.
    fn next(&mut self) -> Option<Next> {
        let order = match (self.stored.row(), self.written.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((stored, _)), Some((written, _))) => match self.direction {
                Direction::Forward => stored.cmp(written.as_slice()),
                Direction::Backward => written.as_slice().cmp(stored),
            },
        };
        if order == Ordering::Less {
            return Some(Next::Stored);
        }
        if order == Ordering::Equal {
            self.stored.pass();
        }
        self.written.next().map(|(key, value)| Next::Written(key, value))
    }

    fn fill(&mut self, limit: u32) -> Result<ScanChunkStats> {
        let (mut keys, mut values, mut spans) =
            (std::mem::take(&mut self.keys), std::mem::take(&mut self.values), std::mem::take(&mut self.spans));
        keys.clear();
        values.clear();
        spans.clear();
        let seen = self.visit(limit, &mut |key: &[u8], value: &[u8]| {
            spans.push(KeyValSpan {
                key_offset: keys.len(),
                key_len: key.len(),
                val_offset: values.len(),
                val_len: value.len(),
            });
            keys.extend_from_slice(key);
            values.extend_from_slice(value);
            Ok(ControlFlow::Continue(()))
        });
        (self.keys, self.values, self.spans) = (keys, values, spans);
        seen
    }
}

enum Next {
    Stored,
    Written(Vec<u8>, Option<Val>),
}

impl ScanCursorVals for Cursor<'_> {
    fn next_batch(&mut self, limit: u32) -> BoxFut<'_, Result<ValsBatch<'_>>> {
        Box::pin(async move {
            let ScanChunkStats { key_bytes, value_bytes, .. } = self.fill(limit)?;
            Ok(ValsBatch::from_parts(&self.keys, &self.values, &self.spans, key_bytes, value_bytes))
        })
    }

    fn for_each<'s>(&'s mut self, limit: u32, f: &'s mut dyn ValVisitor) -> BoxFut<'s, Result<ScanChunkStats>> {
        Box::pin(async move { self.visit(limit, f) })
    }
}

impl ScanCursorKeys for Cursor<'_> {
    fn next_batch(&mut self, limit: u32) -> BoxFut<'_, Result<KeysBatch<'_>>> {
        Box::pin(async move {
            let ScanChunkStats { key_bytes, .. } = self.fill(limit)?;
            let spans = self.spans.iter().map(|span| KeySpan { offset: span.key_offset, len: span.key_len });
            self.key_spans = spans.collect();
            Ok(KeysBatch::from_parts(&self.keys, &self.key_spans, key_bytes))
        })
    }

    fn for_each<'s>(&'s mut self, limit: u32, f: &'s mut dyn KeyVisitor) -> BoxFut<'s, Result<ScanChunkStats>> {
        Box::pin(async move {
            let seen = self.visit(limit, &mut |key: &[u8], _: &[u8]| f(key))?;
            Ok(ScanChunkStats { value_bytes: 0, ..seen })
        })
    }
}
