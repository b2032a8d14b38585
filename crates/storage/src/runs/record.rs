//! A run as its users give it and see it.

use super::{LaunchedBy, RunStatus};
use crate::partitions::PartitionKey;

/// Only fields that are given are compared when the run exists already. `None` is not given; `null`
/// given is `Some(None)`.
#[derive(Clone, Debug, Default)]
pub struct NewRun {
    pub run_id: String,
    /// '' is null: an ad-hoc run.
    pub job_name: Option<Option<String>>,
    /// Default: not started, or queued where runs are enqueued.
    pub status: Option<RunStatus>,
    /// Default: now.
    pub start_time: Option<i64>,
    pub tags: Option<Vec<(String, String)>>,
    pub node_names: Option<Vec<String>>,
    /// Default 0.
    pub priority: Option<i32>,
    pub partition_key: Option<Option<PartitionKey>>,
    pub block_reason: Option<Option<String>>,
    /// Default: by hand.
    pub launched_by: Option<LaunchedBy>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub block_reason: Option<String>,
    pub launched_by: LaunchedBy,
}
