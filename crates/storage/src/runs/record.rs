//! A run as callers create it and see it.

use super::{LaunchedBy, RunStatus};
use crate::partitions::PartitionKey;

/// A run to create. If a run with the id exists, only fields that are given are compared. An outer `None` is not given;
/// a null that is given is `Some(None)`.
#[derive(Clone, Debug, Default)]
pub struct NewRun {
    /// Names the run in all code locations.
    pub run_id: String,
    /// The job that the run executes. An empty name is null: an ad-hoc run.
    pub job_name: Option<Option<String>>,
    /// Default: not started; `enqueue_runs` takes only queued, its default.
    pub status: Option<RunStatus>,
    /// When the run was created, in milliseconds since the Unix epoch. Lists and the queue are ordered by it. Default:
    /// now.
    pub start_time: Option<i64>,
    /// Pairs of key and value. Order and duplicates are kept.
    pub tags: Option<Vec<(String, String)>>,
    /// Steps that the run executes.
    pub node_names: Option<Vec<String>>,
    /// Higher first in the queue. Default 0.
    pub priority: Option<i32>,
    /// The partition that the run is for.
    pub partition_key: Option<Option<PartitionKey>>,
    /// Why the run waits in the queue, for people.
    pub block_reason: Option<Option<String>>,
    /// What launched the run. Default: manual, without a user.
    pub launched_by: Option<LaunchedBy>,
}

/// A stored run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Names the run in all code locations.
    pub run_id: String,
    /// The job that the run executes; None for an ad-hoc run.
    pub job_name: Option<String>,
    /// The state of the run.
    pub status: RunStatus,
    /// When the run was created, in milliseconds since the Unix epoch.
    pub start_time: i64,
    /// When the run ended, in milliseconds since the Unix epoch; None if unknown.
    pub end_time: Option<i64>,
    /// Pairs of key and value, as given.
    pub tags: Vec<(String, String)>,
    /// Steps that the run executes.
    pub node_names: Vec<String>,
    /// Higher first in the queue.
    pub priority: i32,
    /// The partition that the run is for.
    pub partition_key: Option<PartitionKey>,
    /// Why the run waits in the queue, for people. None once it has left the queue.
    pub block_reason: Option<String>,
    /// What launched the run.
    pub launched_by: LaunchedBy,
}
