//! Runs, from creation to outcome.

use napi_derive::napi;
use rivers_storage::runs::{NewRun, RunOutcome, RunOutcome as NewRunOutcome, RunProgress, RunRecord, RunStatus};
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;
use crate::types::{GetRunsOptions, UpdateRunOptions};

#[dual]
#[napi]
impl Storage {
    /// Creates a run. When it is there already: nothing happens if every field given, status aside, equals what it was
    /// created with, else ERR_CONFLICT.
    pub async fn create_run(store: &Store, run: NewRun) -> Result<()> {
        store.create_runs(vec![run]).await
    }

    /// As createRun, all or none.
    #[off_thread]
    pub async fn create_runs(store: &Store, runs: Vec<NewRun>) -> Result<()> {
        store.create_runs(runs).await
    }

    /// The run, or null.
    pub async fn get_run(store: &Store, run_id: String) -> Result<Option<RunRecord>> {
        store.get_run(&run_id).await
    }

    /// The runs of the code location by start time, newest first: at most 100, unless `limit` says otherwise.
    #[off_thread]
    pub async fn get_runs(store: &Store, options: Option<GetRunsOptions>) -> Result<Vec<RunRecord>> {
        let options = options.unwrap_or_default();
        store.get_runs(options.limit_or_default(), options.status, options.after.as_deref()).await
    }

    /// Moves a run to another status. ERR_NOT_FOUND for an unknown run; ERR_CONFLICT to leave a terminal status, which
    /// can only be repeated.
    pub async fn update_run_status(
        store: &Store,
        run_id: String,
        status: RunStatus,
        options: Option<UpdateRunOptions>,
    ) -> Result<()> {
        store.update_run_status(run_id, status, options.unwrap_or_default().end_time).await
    }

    /// Stores how the run ended, makes its status terminal, and frees its slots and its places in queues. The last call
    /// wins. For an unknown run only the outcome is kept.
    pub async fn set_run_outcome(store: &Store, run_id: String, outcome: NewRunOutcome) -> Result<()> {
        store.set_run_outcome(run_id, outcome).await
    }

    /// How the run ended, or null.
    pub async fn get_run_outcome(store: &Store, run_id: String) -> Result<Option<RunOutcome>> {
        store.get_run_outcome(&run_id).await
    }

    /// How far the run is, by its step events: steps that ended, of those that started. Any id, known or not.
    #[off_thread]
    pub async fn get_run_progress(store: &Store, run_id: String) -> Result<RunProgress> {
        store.get_run_progress(&run_id).await
    }

    /// Deletes a run that is over: false for an unknown one, ERR_CONFLICT while it is not over. With it go its events,
    /// logs, slots, places in queues, cancellation and outcome; who waits for slots in its name gets ERR_CANCELLED.
    ///
    /// What it did to assets stays: their records still show it, and where it made the latest materialization of an asset
    /// or a partition, `getLatestMaterialization` still gives that. The run is gone at once; its events and logs follow in
    /// batches before the promise resolves, or, if the process dies, before the store opens again. A run that is created
    /// meanwhile under the same id loses nothing.
    #[off_thread]
    pub async fn delete_run(store: &Store, run_id: String) -> Result<bool> {
        store.delete_run(run_id).await
    }
}
