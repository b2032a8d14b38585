//! The run queue: queued runs and cancellation.

use napi_derive::napi;
use rivers_storage::runs::{NewRun, RunRecord, RunStatus};
use rivers_storage::{Error, Result, Store};
use rivers_storage_node_macros::dual;

use crate::from_js::Nullable;
use crate::storage::Storage;

#[dual]
#[napi]
impl Storage {
    /// As createRun, with the run's RunQueued event, in one transaction. Its status is 'Queued'.
    pub async fn enqueue_run(store: &Store, run: NewRun) -> Result<()> {
        if let Some(status) = run.status.filter(|status| *status != RunStatus::Queued) {
            return Err(Error::invalid("run.status", format_args!("'{}'", status.as_str()), "'Queued', or none"));
        }
        store.enqueue_runs(vec![run]).await
    }

    /// As enqueueRun, all or none.
    #[off_thread]
    pub async fn enqueue_runs(store: &Store, runs: Vec<NewRun>) -> Result<()> {
        store.enqueue_runs(runs).await
    }

    /// The runs with status 'Queued': priority descending, then start time, then run id.
    #[off_thread]
    pub async fn get_queued_runs(store: &Store) -> Result<Vec<RunRecord>> {
        store.get_queued_runs().await
    }

    /// Queued or NotStarted becomes Started: true exactly once; false when it is started or over. ERR_NOT_FOUND for an
    /// unknown run.
    pub async fn try_start_run(store: &Store, run_id: String) -> Result<bool> {
        store.try_start_run(run_id).await
    }

    /// Says why a queued run waits, for people; null clears it, and so does leaving the queue. ERR_NOT_FOUND for an
    /// unknown run.
    pub async fn set_run_block_reason(store: &Store, run_id: String, reason: Nullable<String>) -> Result<()> {
        store.set_run_block_reason(run_id, reason).await
    }

    /// True when this call moved the run from Queued or NotStarted to Canceled; its places in queues go.
    pub async fn cancel_queued_run(store: &Store, run_id: String) -> Result<bool> {
        store.cancel_queued_run(run_id).await
    }

    /// Asks whoever works on the run to stop. Any id, known or not.
    pub async fn request_cancellation(store: &Store, run_id: String) -> Result<()> {
        store.request_cancellation(run_id).await
    }

    /// Whether the run's cancellation was requested.
    pub async fn is_cancelled(store: &Store, run_id: String) -> Result<bool> {
        store.is_cancelled(&run_id).await
    }
}
