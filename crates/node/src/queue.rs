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
    /// Creates a run with the status 'Queued', and stores its `RunQueued` event, in one transaction. No-op if the run
    /// exists and the fields you pass match it.
    ///
    /// @throws {StorageError} ERR_CONFLICT if the run exists and differs in a field you pass.
    /// @throws {StorageError} ERR_INVALID_ARG if `status` is given and not 'Queued'.
    pub async fn enqueue_run(store: &Store, run: NewRun) -> Result<()> {
        if let Some(status) = run.status.filter(|status| *status != RunStatus::Queued) {
            return Err(Error::invalid("run.status", format_args!("'{}'", status.as_str()), "'Queued', or none"));
        }
        store.enqueue_runs(vec![run]).await
    }

    /// Enqueues runs as `enqueueRun` does, all or none.
    ///
    /// @throws {StorageError} ERR_CONFLICT if one of the runs exists and differs in a field you pass.
    /// @throws {StorageError} ERR_INVALID_ARG if a `status` is given and not 'Queued'.
    #[off_event_loop]
    pub async fn enqueue_runs(store: &Store, runs: Vec<NewRun>) -> Result<()> {
        store.enqueue_runs(runs).await
    }

    /// Lists the runs with the status 'Queued', all of them, in the order in which to start them: by priority, highest
    /// first, then by start time, then by run id.
    #[off_event_loop]
    pub async fn get_queued_runs(store: &Store) -> Result<Vec<RunRecord>> {
        store.get_queued_runs().await
    }

    /// Changes a run from 'Queued' or 'NotStarted' to 'Started'. Of several callers exactly one gets true.
    ///
    /// @returns whether this call started the run; false if it has started already or is over
    /// @throws {StorageError} ERR_NOT_FOUND if the run is unknown.
    pub async fn try_start_run(store: &Store, run_id: String) -> Result<bool> {
        store.try_start_run(run_id).await
    }

    /// Sets why a queued run waits, for people; null clears it. The reason is cleared when the run leaves the queue,
    /// and a run that has started takes none.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if the run is unknown.
    pub async fn set_run_block_reason(store: &Store, run_id: String, reason: Nullable<String>) -> Result<()> {
        store.set_run_block_reason(run_id, reason).await
    }

    /// Changes a run from 'Queued' or 'NotStarted' to 'Canceled', and removes its steps from the queues of pools.
    ///
    /// @returns whether this call canceled the run
    pub async fn cancel_queued_run(store: &Store, run_id: String) -> Result<bool> {
        store.cancel_queued_run(run_id).await
    }

    /// Requests that the run stops: `isCancelled` tells its executor, and its steps that wait for slots fail with
    /// ERR_CANCELLED. The run may be unknown.
    pub async fn request_cancellation(store: &Store, run_id: String) -> Result<()> {
        store.request_cancellation(run_id).await
    }

    /// Tells whether the run's cancellation was requested.
    pub async fn is_cancelled(store: &Store, run_id: String) -> Result<bool> {
        store.is_cancelled(&run_id).await
    }
}
