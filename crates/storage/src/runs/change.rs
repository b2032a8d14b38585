//! Changes of a run's state.

use super::RunStatus;
use super::stored::known;
use crate::error::Result;
use crate::store::Store;

impl Store {
    /// Changes the status. `end_time` is in milliseconds since the Unix epoch; default: now, if the status is terminal.
    /// Fails with `Code::NotFound` if the run is unknown, and with `Code::Conflict` if the run has ended with another
    /// status.
    pub async fn update_run_status(&self, run_id: String, status: RunStatus, end_time: Option<i64>) -> Result<()> {
        self.transact((run_id, status, end_time), |tx, (run_id, status, end_time)| {
            Box::pin(async move {
                let run = known(tx, run_id).await?;
                let state = run.state.updated(*status, *end_time, tx.now())?;
                run.enter(tx, state);
                Ok(())
            })
        })
        .await
    }

    /// Starts the run if it still waits to be started. True for one caller only. Fails with `Code::NotFound` if the run
    /// is unknown.
    pub async fn try_start_run(&self, run_id: String) -> Result<bool> {
        self.transact(run_id, |tx, run_id| {
            Box::pin(async move {
                let run = known(tx, run_id).await?;
                let Some(started) = run.state.started() else { return Ok(false) };
                run.enter(tx, started);
                Ok(true)
            })
        })
        .await
    }

    /// Sets why the run waits in the queue, for people. A run that does not wait takes no reason. Fails with
    /// `Code::NotFound` if the run is unknown.
    pub async fn set_run_block_reason(&self, run_id: String, reason: Option<String>) -> Result<()> {
        self.transact((run_id, reason), |tx, (run_id, reason)| {
            Box::pin(async move {
                let run = known(tx, run_id).await?;
                let state = run.state.blocked_by(reason.clone());
                run.enter(tx, state);
                Ok(())
            })
        })
        .await
    }
}
