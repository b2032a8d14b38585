//! One try of a transaction: reads, and the writes it decided on so far.

use super::{BoxFuture, Context, Direction, Key, Range, Reads, Row};
use crate::error::Result;
use crate::ids;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    Set(Key, Row),
    Delete(Key),
}

impl Write {
    pub const fn key(&self) -> &Key {
        match self {
            Self::Set(key, _) | Self::Delete(key) => key,
        }
    }
}

/// Writes are kept until the step has succeeded, so a step that fails has written nothing. Reads
/// do not see them: a step decides first.
pub struct Tx<'r> {
    reads: &'r dyn Reads,
    context: &'r Context,
    now_micros: i64,
    writes: Vec<Write>,
}

impl<'r> Tx<'r> {
    pub const fn new(reads: &'r dyn Reads, context: &'r Context, now_micros: i64) -> Self {
        Self { reads, context, now_micros, writes: Vec::new() }
    }

    /// The time of the whole transaction, in milliseconds since the Unix epoch.
    pub const fn now(&self) -> i64 {
        self.now_micros.div_euclid(1000)
    }

    pub const fn now_micros(&self) -> i64 {
        self.now_micros
    }

    /// The store's own order number: greater than every earlier one.
    pub fn next_order(&self) -> i64 {
        self.context.next_order()
    }

    /// A fencing token: greater than `floor` and than every earlier token of the store.
    pub fn next_token(&self, floor: i64) -> i64 {
        self.context.next_token(floor)
    }

    pub fn last_token(&self) -> i64 {
        self.context.last_token()
    }

    pub fn store_id(&self) -> &'r str {
        self.context.store_id()
    }

    /// A fresh id that says where its record is, so that it needs no row of its own.
    pub fn generated_id(&self, time: i64, order: i64, scope: &str) -> String {
        ids::generated(self.context.store_id(), time, order, scope)
    }

    pub const fn reads(&self) -> &'r dyn Reads {
        self.reads
    }

    pub fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        self.reads.get(key)
    }

    pub fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        self.reads.get_many(keys)
    }

    pub fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        self.reads.scan(range, direction, limit)
    }

    pub fn set(&mut self, key: Key, row: Row) {
        self.writes.push(Write::Set(key, row));
    }

    pub fn delete(&mut self, key: Key) {
        self.writes.push(Write::Delete(key));
    }

    pub fn into_writes(self) -> Vec<Write> {
        self.writes
    }
}
