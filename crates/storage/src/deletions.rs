//! Runs that are being deleted: which of their events and logs no longer count.
//!
//! The events and logs of a deleted run are removed in batches. Until the last of them is gone, a row holds the run and
//! the order number at which it was deleted. Entries stored before that number belong to the deleted run. Entries
//! stored later under the same run id do not.

use std::collections::{BTreeSet, HashMap};

use crate::description::{TableDescription, int, range, text};
use crate::error::Result;
use crate::key;
use crate::records::{Key, Range, Reads, Row, Table};

pub const TABLE: TableDescription = TableDescription::new(
    Table::RunDeletion,
    "A run is deleted, and some of its events and logs are still stored. They no longer count.",
)
.id(&[text("run_id", "The deleted run.")])
.fields(&[
    text("run_id", "The deleted run."),
    int("order", "The order number of the deletion. Events and logs of the run with a lower one no longer count."),
])
.ranges(&[range("Whether a run is being deleted.", "run_deletion:['run-1']")]);

#[derive(Clone, Debug)]
pub struct Deletion {
    pub run_id: String,
    pub order: i64,
}

pub fn deletion_key(run_id: &str) -> Key {
    key!(Table::RunDeletion, run_id)
}

pub fn all_deletions() -> Range {
    Range::under(key!(Table::RunDeletion))
}

impl Deletion {
    pub fn to_row(&self) -> Row {
        Row::new().with("run_id", self.run_id.as_str()).with("order", self.order)
    }

    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { run_id: row.take("run_id")?, order: row.take("order")? })
    }
}

/// For each run that is being deleted, the order number of its deletion.
pub struct Deletions(HashMap<String, i64>);

impl Deletions {
    /// The deletions of these runs, if there are any.
    pub async fn of<'i>(reads: &dyn Reads, runs: impl Iterator<Item = &'i str> + Send) -> Result<Self> {
        let keys: Vec<Key> = runs.collect::<BTreeSet<_>>().into_iter().map(deletion_key).collect();
        let rows = if keys.is_empty() { Vec::new() } else { reads.get_many(&keys).await? };
        let deletions = rows.into_iter().flatten().map(Deletion::from_row);
        deletions
            .map(|deletion| deletion.map(|deletion| (deletion.run_id, deletion.order)))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether the entry with this order number belongs to a deleted run.
    pub fn include(&self, run_id: &str, order: i64) -> bool {
        self.0.get(run_id).is_some_and(|deleted| order < *deleted)
    }
}
