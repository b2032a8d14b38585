//! Runs, from creation to outcome.

use napi_derive::napi;
use rivers_storage::runs::{NewRun, RunOutcome, RunOutcome as RunOutcomeInput, RunProgress, RunRecord, RunStatus};
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::types::{GetRunsOptions, UpdateRunOptions};

#[dual]
#[napi]
impl Storage {
    /// Creates a run. No-op if the fields you pass match the existing run (`status` is ignored).
    ///
    /// @throws {StorageError} ERR_CONFLICT if the run exists and differs in a field you pass.
    pub async fn create_run(store: &Store, run: NewRun) -> Result<()> {
        store.create_runs(vec![run]).await
    }

    /// Creates runs as `createRun` does, all or none.
    ///
    /// @throws {StorageError} ERR_CONFLICT if one of the runs exists and differs in a field you pass.
    #[off_event_loop]
    pub async fn create_runs(store: &Store, runs: Vec<NewRun>) -> Result<()> {
        store.create_runs(runs).await
    }

    /// Reads a run, of any code location.
    ///
    /// @returns null if the run is unknown
    pub async fn get_run(store: &Store, run_id: String) -> Result<Option<RunRecord>> {
        store.get_run(&run_id).await
    }

    /// Lists the runs of the code location by start time, newest first: 100, unless `limit` is given.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if the code location has no run with the id `after`.
    #[off_event_loop]
    pub async fn get_runs(store: &Store, options: Option<GetRunsOptions>) -> Result<Vec<RunRecord>> {
        let options = options.unwrap_or_default();
        store.get_runs(options.limit_or_default(), options.status, options.after.as_deref()).await
    }

    /// Changes the status of a run. A terminal status can only be repeated; that adds `endTime` to a run without one.
    ///
    /// @throws {StorageError} ERR_NOT_FOUND if the run is unknown.
    /// @throws {StorageError} ERR_CONFLICT if the run is over and has another status.
    pub async fn update_run_status(
        store: &Store,
        run_id: String,
        status: RunStatus,
        options: Option<UpdateRunOptions>,
    ) -> Result<()> {
        store.update_run_status(run_id, status, options.unwrap_or_default().end_time).await
    }

    /// Stores how the run ended, gives it the terminal status, frees its slots and removes its steps from the queues of
    /// pools, in one transaction. The last call wins; the end time of a run that is over stays. For an unknown run only
    /// the outcome is stored.
    pub async fn set_run_outcome(store: &Store, run_id: String, outcome: RunOutcomeInput) -> Result<()> {
        store.set_run_outcome(run_id, outcome).await
    }

    /// Reads how the run ended.
    ///
    /// @returns null if no outcome was stored
    pub async fn get_run_outcome(store: &Store, run_id: String) -> Result<Option<RunOutcome>> {
        store.get_run_outcome(&run_id).await
    }

    /// Computes how far the run is, from its step events: steps that ended, of those that started. All counts are 0 for
    /// an unknown run.
    #[off_event_loop]
    pub async fn get_run_progress(store: &Store, run_id: String) -> Result<RunProgress> {
        store.get_run_progress(&run_id).await
    }

    /// Deletes a run that is over, with its events, logs, slots, places in queues, cancellation and outcome. A wait for
    /// slots in its name fails with ERR_CANCELLED.
    ///
    /// Asset records remain. If the run made the latest materialization of an asset or a partition,
    /// `getLatestMaterialization` still gives it. The run is gone at once; its events and logs follow in batches before
    /// the promise resolves, or, if the process dies, before the store opens again. A run that is created during the
    /// call under the same id loses nothing.
    ///
    /// @returns whether there was such a run
    /// @throws {StorageError} ERR_CONFLICT if the run is not over.
    #[off_event_loop]
    pub async fn delete_run(store: &Store, run_id: String) -> Result<bool> {
        store.delete_run(run_id).await
    }
}
