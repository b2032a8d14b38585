//! One run of a transaction: its reads, and the writes that it has decided on so far.

use super::{BoxFuture, Context, Direction, Key, Range, Reads, Row, Scan};
use crate::error::Result;
use crate::ids;

/// A change of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Stores the row under the key, in place of the row that is there.
    Set(Key, Row),
    /// Removes the row with this key, if there is one.
    Delete(Key),
}

impl Write {
    /// The key of the record that changes.
    pub const fn key(&self) -> &Key {
        match self {
            Self::Set(key, _) | Self::Delete(key) => key,
        }
    }
}

/// A transaction. Its writes are buffered until the step has succeeded, so a step that fails has written nothing. Its
/// reads do not see its writes: a step reads first, then writes.
pub struct Tx<'r> {
    reads: &'r dyn Reads,
    context: &'r Context,
    now_micros: i64,
    writes: Vec<Write>,
}

impl<'r> Tx<'r> {
    /// A transaction at this time, in microseconds since the Unix epoch.
    pub const fn new(reads: &'r dyn Reads, context: &'r Context, now_micros: i64) -> Self {
        Self { reads, context, now_micros, writes: Vec::new() }
    }

    /// The time of the whole transaction, in milliseconds since the Unix epoch.
    pub const fn now(&self) -> i64 {
        self.now_micros.div_euclid(1000)
    }

    /// The time of the whole transaction, in microseconds since the Unix epoch.
    pub const fn now_micros(&self) -> i64 {
        self.now_micros
    }

    /// The next order number of the store: greater than each before it.
    pub fn next_order(&self) -> i64 {
        self.context.next_order()
    }

    /// The next fencing token: greater than `floor` and than each before it.
    pub fn next_token(&self, floor: i64) -> i64 {
        self.context.next_token(floor)
    }

    /// The last fencing token that the store gave out, or 0.
    pub fn last_token(&self) -> i64 {
        self.context.last_token()
    }

    /// The id of the store, which generated ids begin with.
    pub fn store_id(&self) -> &'r str {
        self.context.store_id()
    }

    /// A new id from which the key of its record can be derived, so that no row has to find the record by its id.
    pub fn generated_id(&self, time: i64, order: i64, scope: &str) -> String {
        ids::generated(self.context.store_id(), time, order, scope)
    }

    /// The reads of the transaction. They outlive the borrow of the `Tx`.
    pub const fn reads(&self) -> &'r dyn Reads {
        self.reads
    }

    /// The stored row with this key, without the writes of this transaction.
    pub fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        self.reads.get(key)
    }

    /// The stored rows with these keys, in the order of the keys.
    pub fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        self.reads.get_many(keys)
    }

    /// The first stored rows of the range, in this direction.
    pub fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        self.reads.scan(range, direction, limit)
    }

    /// One answer a scan, in the order of the scans.
    pub fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        self.reads.scan_many(scans)
    }

    /// Stores the row under the key when the transaction commits.
    pub fn set(&mut self, key: Key, row: Row) {
        self.writes.push(Write::Set(key, row));
    }

    /// Removes the row with this key when the transaction commits.
    pub fn delete(&mut self, key: Key) {
        self.writes.push(Write::Delete(key));
    }

    /// Drops the writes: the step has failed.
    pub fn discard(&mut self) {
        self.writes.clear();
    }

    /// The writes, in the order in which the step made them.
    pub fn into_writes(self) -> Vec<Write> {
        self.writes
    }
}
