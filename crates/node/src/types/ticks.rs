//! Ticks of automations.

use rivers_storage::ticks;
use rivers_storage_node_macros::{input, output};

/// One evaluation of a schedule or sensor, as `storeTick` takes it.
#[input(ticks::NewTick)]
pub struct NewTick {
    /// Makes a retry harmless: storing the same id again changes nothing. Default: generated.
    pub id: Option<String>,
    /// The schedule or sensor.
    pub automation_name: String,
    /// What the automation is, such as 'Schedule' or 'Sensor'. Any text.
    pub automation_type: String,
    /// How the evaluation went, such as 'Success', 'Skipped' or 'Failed'. Any text.
    pub status: String,
    /// When the automation was evaluated, in milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    /// Runs that it launched. Default: none.
    pub run_ids: Option<Vec<String>>,
    /// Backfills that it launched. Default: none.
    pub backfill_ids: Option<Vec<String>>,
    /// Why it launched nothing. Default: none.
    pub skip_reason: Option<Option<String>>,
    /// Why the evaluation failed. Default: none.
    pub error: Option<Option<String>>,
    /// Where the next evaluation continues. Default: none.
    pub cursor: Option<Option<String>>,
}

/// One stored evaluation of a schedule or sensor.
#[output(ticks::StoredTick)]
pub struct StoredTick {
    /// The id, as given or generated.
    pub id: String,
    /// The schedule or sensor.
    pub automation_name: String,
    /// What the automation is, such as 'Schedule' or 'Sensor'. Any text.
    pub automation_type: String,
    /// How the evaluation went, such as 'Success', 'Skipped' or 'Failed'. Any text.
    pub status: String,
    /// When the automation was evaluated, in milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// Runs that it launched.
    pub run_ids: Vec<String>,
    /// Backfills that it launched.
    pub backfill_ids: Vec<String>,
    /// Why it launched nothing.
    pub skip_reason: Option<String>,
    /// Why the evaluation failed.
    pub error: Option<String>,
    /// Where the next evaluation continues.
    pub cursor: Option<String>,
}

/// Options of `pruneTicks`.
#[input]
pub struct PruneTicksOptions {
    /// How many of the newest stay.
    pub keep: usize,
}
