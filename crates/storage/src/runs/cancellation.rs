//! Cancelling a run: at once while it waits to be started; afterwards by a flag that its executor,
//! and whoever waits for slots in its name, look at.

use super::stored::find;
use crate::error::Result;
use crate::key;
use crate::pools;
use crate::records::{Key, Row, Table};
use crate::store::Store;

pub(super) fn cancellation_key(run_id: &str) -> Key {
    key!(Table::Cancellation, run_id)
}

impl Store {
    /// Whether this call took the run from those that wait to be started.
    pub async fn cancel_queued_run(&self, run_id: String) -> Result<bool> {
        self.transact(run_id, |tx, run_id| {
            Box::pin(async move {
                let Some(run) = find(tx, run_id).await? else { return Ok(false) };
                let Some(cancelled) = run.state.cancelled(tx.now()) else { return Ok(false) };
                run.enter(tx, cancelled);
                pools::leave_queues(tx, run_id).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Of any run, known or not.
    pub async fn request_cancellation(&self, run_id: String) -> Result<()> {
        self.transact(run_id, |tx, run_id| {
            Box::pin(async move {
                let key = cancellation_key(run_id);
                if tx.get(&key).await?.is_none() {
                    tx.set(key, Row::new().with("run_id", run_id.as_str()));
                }
                Ok(())
            })
        })
        .await
    }

    pub async fn is_cancelled(&self, run_id: &str) -> Result<bool> {
        Ok(self.view().await?.get(&cancellation_key(run_id)).await?.is_some())
    }
}
