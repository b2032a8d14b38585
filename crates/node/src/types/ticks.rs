//! Ticks of automations.

use rivers_storage::ticks;
use rivers_storage_node_macros::{input, output};

#[input(ticks::NewTick)]
pub struct NewTick {
    /// Makes a retry harmless: storing an id that is there changes nothing. Default: made up.
    pub id: Option<String>,
    pub automation_name: String,
    pub automation_type: String,
    pub status: String,
    /// Milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    pub run_ids: Option<Vec<String>>,
    pub backfill_ids: Option<Vec<String>>,
    pub skip_reason: Option<Option<String>>,
    pub error: Option<Option<String>>,
    pub cursor: Option<Option<String>>,
}

/// One evaluation of a schedule or a sensor.
#[output(ticks::StoredTick)]
pub struct StoredTick {
    pub id: String,
    pub automation_name: String,
    pub automation_type: String,
    pub status: String,
    pub timestamp: i64,
    pub run_ids: Vec<String>,
    pub backfill_ids: Vec<String>,
    pub skip_reason: Option<String>,
    pub error: Option<String>,
    pub cursor: Option<String>,
}

#[input]
pub struct PruneTicksOptions {
    /// How many of the newest stay.
    #[napi(ts_type = "number")]
    pub keep: usize,
}
