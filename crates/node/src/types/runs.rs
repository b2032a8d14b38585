//! Runs.

use napi::bindgen_prelude::Either;
use rivers_storage::runs;
use rivers_storage_node_macros::{input, names, output};

use super::list::limit_or_default;
use super::partitions::PartitionKey;

#[names(runs::RunStatus)]
pub enum RunStatus {
    Queued,
    NotStarted,
    Started,
    Success,
    Failure,
    Canceled,
}

#[names(runs::LaunchKind)]
pub enum LaunchKind {
    #[name("manual")]
    Manual,
    #[name("schedule")]
    Schedule,
    #[name("sensor")]
    Sensor,
    #[name("backfill")]
    Backfill,
    #[name("condition")]
    Condition,
}

#[input(runs::UserRef)]
pub struct NewUserRef {
    pub subject: String,
    pub email: Option<Option<String>>,
    pub name: Option<Option<String>>,
}

#[output(runs::UserRef)]
pub struct UserRef {
    pub subject: String,
    pub email: Option<String>,
    pub name: Option<String>,
}

#[input(runs::LaunchedBy)]
pub struct NewLaunchedBy {
    pub kind: LaunchKind,
    pub name: Option<Option<String>>,
    pub backfill_id: Option<Option<String>>,
    pub user: Option<Option<NewUserRef>>,
}

/// Who or what launched a run.
#[output(runs::LaunchedBy)]
pub struct LaunchedBy {
    pub kind: LaunchKind,
    /// Of the schedule or sensor.
    pub name: Option<String>,
    pub backfill_id: Option<String>,
    /// Who launched it by hand, where known.
    pub user: Option<UserRef>,
}

/// A run as it is created or enqueued.
#[input(runs::NewRun)]
pub struct NewRun {
    pub run_id: String,
    /// '' is null: an ad-hoc run.
    pub job_name: Option<Option<String>>,
    /// Default 'NotStarted'. Where runs are enqueued it is always 'Queued'.
    pub status: Option<RunStatus>,
    /// Milliseconds since the Unix epoch. Default: now.
    pub start_time: Option<i64>,
    pub tags: Option<Vec<(String, String)>>,
    pub node_names: Option<Vec<String>>,
    /// Higher first. Default 0.
    pub priority: Option<i32>,
    /// A string is one value: 'x' is { single: ['x'] }.
    pub partition_key: Option<Option<Either<PartitionKey, String>>>,
    pub block_reason: Option<Option<String>>,
    /// Default: by hand. Build it with `LaunchedBy`.
    pub launched_by: Option<NewLaunchedBy>,
}

#[output(runs::RunRecord)]
pub struct RunRecord {
    pub run_id: String,
    pub job_name: Option<String>,
    pub status: RunStatus,
    pub start_time: i64,
    pub end_time: Option<i64>,
    pub tags: Vec<(String, String)>,
    pub node_names: Vec<String>,
    pub priority: i32,
    pub partition_key: Option<PartitionKey>,
    /// Why a queued run waits, for people.
    pub block_reason: Option<String>,
    pub launched_by: LaunchedBy,
}

#[input]
#[derive(Default)]
pub struct GetRunsOptions {
    pub status: Option<runs::RunStatus>,
    /// At most so many; default 100.
    #[napi(ts_type = "number")]
    pub limit: Option<usize>,
    /// Only what comes after the run with this id. ERR_NOT_FOUND when that is gone.
    pub after: Option<String>,
}

impl GetRunsOptions {
    pub fn limit_or_default(&self) -> usize {
        limit_or_default(self.limit)
    }
}

#[input]
#[derive(Default)]
pub struct UpdateRunOptions {
    /// Milliseconds since the Unix epoch. Default: now, when the status is terminal.
    pub end_time: Option<i64>,
}

#[names(runs::RunOutcomeStatus)]
pub enum RunOutcomeStatus {
    Success,
    Failure,
    Cancelled,
}

#[input(runs::RunOutcome)]
pub struct NewRunOutcome {
    pub status: RunOutcomeStatus,
    pub completed_steps: u32,
    pub total_steps: u32,
    /// Why it failed. Default, for a failure: 'unknown error'.
    pub message: Option<Option<String>>,
}

/// How a run ended.
#[output(runs::RunOutcome)]
pub struct RunOutcome {
    pub status: RunOutcomeStatus,
    pub completed_steps: u32,
    pub total_steps: u32,
    pub message: Option<String>,
}

/// How far a run's steps are, by its events.
#[output(runs::RunProgress)]
pub struct RunProgress {
    pub completed_steps: u32,
    pub total_steps: u32,
    pub last_completed_step: Option<String>,
    pub last_step_completed_at: Option<i64>,
}
