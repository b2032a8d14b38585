//! Runs.

use rivers_storage::runs;
use rivers_storage_node_macros::{input, names, output};

use super::list::limit_or_default;
use super::partitions::{PartitionInput, PartitionKey};

/// The state of a run. `Success`, `Failure` and `Canceled` are terminal.
#[names(runs::RunStatus)]
pub enum RunStatus {
    Queued,
    NotStarted,
    Started,
    Success,
    Failure,
    Canceled,
}

/// What launched a run.
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

/// A user, as a run takes it.
#[input(runs::UserRef)]
pub struct NewUserRef {
    /// Identifies the user, as the sign-in does.
    pub subject: String,
    /// The user's e-mail address. Default: none.
    pub email: Option<Option<String>>,
    /// The user's name, for people. Default: none.
    pub name: Option<Option<String>>,
}

/// The user who launched a run.
#[output(runs::UserRef)]
pub struct UserRef {
    /// Identifies the user, as the sign-in does.
    pub subject: String,
    /// The user's e-mail address, if known.
    pub email: Option<String>,
    /// The user's name, for people, if known.
    pub name: Option<String>,
}

/// What launched a run, as `createRun` takes it. Build it with `LaunchedBy`.
#[input(runs::LaunchedBy)]
pub struct NewLaunchedBy {
    /// What launched the run.
    pub kind: LaunchKind,
    /// Name of the schedule or sensor. Default: none.
    pub name: Option<Option<String>>,
    /// Id of the backfill. Default: none.
    pub backfill_id: Option<Option<String>>,
    /// The user, for a manual run. Default: none.
    pub user: Option<Option<NewUserRef>>,
}

/// What launched a run. Every field is always present.
#[output(runs::LaunchedBy)]
pub struct LaunchedBy {
    /// What launched the run.
    pub kind: LaunchKind,
    /// Name of the schedule or sensor, otherwise null.
    pub name: Option<String>,
    /// Id of the backfill, otherwise null.
    pub backfill_id: Option<String>,
    /// The user of a manual run, if known.
    pub user: Option<UserRef>,
}

/// A run, as `createRun` and `enqueueRun` take it.
#[input(runs::NewRun)]
pub struct NewRun {
    /// Names the run in all code locations.
    pub run_id: String,
    /// The job that the run executes. '' is null: an ad-hoc run. Default: null.
    pub job_name: Option<Option<String>>,
    /// The state of the run. Default 'NotStarted'. `enqueueRun` takes only 'Queued', its default.
    pub status: Option<RunStatus>,
    /// When the run was created, in milliseconds since the Unix epoch. Lists and the queue are ordered by it. Default:
    /// now.
    pub start_time: Option<i64>,
    /// Pairs of key and value. Order and duplicates are kept. Default: none.
    pub tags: Option<Vec<(String, String)>>,
    /// Steps that the run executes. Default: none.
    pub node_names: Option<Vec<String>>,
    /// Higher first in the queue, from -2147483648 to 2147483647. Default 0.
    pub priority: Option<i32>,
    /// The partition that the run is for. A string is one value: 'x' is `{ single: ['x'] }`. Default: none.
    pub partition_key: Option<Option<PartitionInput>>,
    /// Why the run waits in the queue, for people. Default: none.
    pub block_reason: Option<Option<String>>,
    /// What launched the run. Build it with `LaunchedBy`. Default: manual, without a user.
    pub launched_by: Option<NewLaunchedBy>,
}

/// A stored run.
#[output(runs::RunRecord)]
pub struct RunRecord {
    /// Names the run in all code locations.
    pub run_id: String,
    /// The job that the run executes; null for an ad-hoc run.
    pub job_name: Option<String>,
    /// The state of the run.
    pub status: RunStatus,
    /// When the run was created or enqueued, in milliseconds since the Unix epoch.
    pub start_time: i64,
    /// When the run ended, in milliseconds since the Unix epoch; null if unknown.
    pub end_time: Option<i64>,
    /// Pairs of key and value, as given.
    pub tags: Vec<(String, String)>,
    /// Steps that the run executes.
    pub node_names: Vec<String>,
    /// Higher first in the queue.
    pub priority: i32,
    /// The partition that the run is for.
    pub partition_key: Option<PartitionKey>,
    /// Why the run waits in the queue, for people. Null once it has left the queue.
    pub block_reason: Option<String>,
    /// What launched the run.
    pub launched_by: LaunchedBy,
}

/// Which runs `getRuns` lists.
#[input]
#[derive(Default)]
pub struct GetRunsOptions {
    /// Only runs with this status. Default: all.
    pub status: Option<runs::RunStatus>,
    /// How many at most; 0 gives none. Default 100.
    pub limit: Option<usize>,
    /// Continues after the run with this id, whatever its status is by now.
    pub after: Option<String>,
}

impl GetRunsOptions {
    pub fn limit_or_default(&self) -> usize {
        limit_or_default(self.limit)
    }
}

/// Options of `updateRunStatus`.
#[input]
#[derive(Default)]
pub struct UpdateRunOptions {
    /// When the run ended, in milliseconds since the Unix epoch. Default: now, if the status is terminal.
    pub end_time: Option<i64>,
}

/// How a run ended. `Cancelled` gives the run the status 'Canceled'.
#[names(runs::RunOutcomeStatus)]
pub enum RunOutcomeStatus {
    Success,
    Failure,
    Cancelled,
}

/// How a run ended, as `setRunOutcome` takes it.
#[input(runs::RunOutcome)]
pub struct RunOutcomeInput {
    /// How the run ended.
    pub status: RunOutcomeStatus,
    /// Steps that ended. May exceed `totalSteps`: a step can fail before it starts.
    pub completed_steps: u32,
    /// Steps of the run.
    pub total_steps: u32,
    /// Why the run failed. Default for a failure: 'unknown error'. Dropped for other statuses.
    pub message: Option<Option<String>>,
}

/// How a run ended, in steps.
#[output(runs::RunOutcome)]
pub struct RunOutcome {
    /// How the run ended.
    pub status: RunOutcomeStatus,
    /// Steps that ended.
    pub completed_steps: u32,
    /// Steps of the run.
    pub total_steps: u32,
    /// Why the run failed; null for other statuses.
    pub message: Option<String>,
}

/// How far a run is, by its step events.
#[output(runs::RunProgress)]
pub struct RunProgress {
    /// Distinct steps that ended: with `StepSuccess`, or with `StepFailure` that names no partition.
    pub completed_steps: u32,
    /// Distinct steps with a `StepStart`.
    pub total_steps: u32,
    /// The step that ended last; null if none has.
    pub last_completed_step: Option<String>,
    /// When it ended, in milliseconds since the Unix epoch.
    pub last_step_completed_at: Option<i64>,
}
