//! The row of a process that has the store open: queue entries of native waits name it.

use std::collections::BTreeSet;

use compact_str::CompactString;

use crate::error::Result;
use crate::key;
use crate::records::{Key, Range, Row, Table};

pub fn process_key(process: &str) -> Key {
    key!(Table::Process, process)
}

pub fn all_processes() -> Range {
    Range::under(key!(Table::Process))
}

/// A process that has the store to itself is never seen by others.
pub fn process_row(process: &str, opened_at: i64, seen_at: Option<i64>) -> Row {
    Row::new().with("process", process).with("seen_at", seen_at).with("opened_at", opened_at)
}

/// The processes that were not seen since `since`, although others see them.
pub fn silent(rows: Vec<Row>, since: i64) -> Result<BTreeSet<CompactString>> {
    let is_silent = |row: &Row| row.int("seen_at").is_some_and(|seen_at| seen_at < since);
    rows.into_iter().filter(is_silent).map(process_from).collect()
}

pub fn process_from(mut row: Row) -> Result<CompactString> {
    row.take("process")
}
