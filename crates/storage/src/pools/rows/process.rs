//! The row of a process that has the store open: queue entries of native waits name it.

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

pub fn process_row(process: &str, opened_at: i64) -> Row {
    Row::new().with("process", process).with("opened_at", opened_at)
}

pub fn process_from(mut row: Row) -> Result<CompactString> {
    row.take("process")
}
