//! Logs of steps.

use rivers_storage::logs;
use rivers_storage_node_macros::{input, output};

#[input(logs::NewLog)]
pub struct NewLog {
    /// Makes a retry harmless: storing an id that is there changes nothing. Default: made up.
    pub id: Option<String>,
    pub run_id: String,
    pub step_key: String,
    /// Milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    pub stdout: Option<Option<String>>,
    pub stderr: Option<Option<String>>,
    pub logs: Option<Option<String>>,
    pub traceback: Option<Option<String>>,
}

/// What a step printed.
#[output(logs::StoredLog)]
pub struct StoredLog {
    pub id: String,
    pub run_id: String,
    pub step_key: String,
    pub timestamp: i64,
    pub stdout: Option<String>,
    pub stderr: Option<String>,
    pub logs: Option<String>,
    pub traceback: Option<String>,
}
