//! Logs of steps.

use rivers_storage::logs;
use rivers_storage_node_macros::{input, output};

/// The output of a step, as `storeRunLogs` takes it.
#[input(logs::NewLog)]
pub struct NewLog {
    /// Makes a retry harmless: storing the same id again changes nothing. Default: generated.
    pub id: Option<String>,
    /// The run of the step.
    pub run_id: String,
    /// The step that wrote it.
    pub step_key: String,
    /// When it was written, in milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    /// What the step wrote to its standard output. Default: none.
    pub stdout: Option<Option<String>>,
    /// What the step wrote to its standard error. Default: none.
    pub stderr: Option<Option<String>>,
    /// What the step logged. Default: none.
    pub logs: Option<Option<String>>,
    /// The stack trace of the error that ended the step. Default: none.
    pub traceback: Option<Option<String>>,
}

/// The stored output of a step.
#[output(logs::StoredLog)]
pub struct StoredLog {
    /// The id, as given or generated.
    pub id: String,
    /// The run of the step.
    pub run_id: String,
    /// The step that wrote it.
    pub step_key: String,
    /// When it was written, in milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// What the step wrote to its standard output.
    pub stdout: Option<String>,
    /// What the step wrote to its standard error.
    pub stderr: Option<String>,
    /// What the step logged.
    pub logs: Option<String>,
    /// The stack trace of the error that ended the step.
    pub traceback: Option<String>,
}
