//! The two ways to cancel a run. A run that waits to be started ends at once. For a run that has started a flag is set:
//! its executor polls the flag, and its native waits for slots end.

use super::stored::find;
use crate::error::Result;
use crate::key;
use crate::operation::{Message, Portable};
use crate::pools;
use crate::records::{BoxFuture, Key, Row, Table, Tx};
use crate::store::Store;

pub(super) fn cancellation_key(run_id: &str) -> Key {
    key!(Table::Cancellation, run_id)
}

impl Store {
    /// Cancels the run if it still waits to be started, and removes its steps from the queues of pools. False if it
    /// does not wait, or is unknown.
    pub async fn cancel_queued_run(&self, run_id: String) -> Result<bool> {
        self.transact_portable(CancelQueuedRequest { run_id }).await
    }

    /// Sets the flag, also for a run that does not exist.
    pub async fn request_cancellation(&self, run_id: String) -> Result<()> {
        self.transact_portable(CancellationRequest { run_id }).await
    }

    /// Whether the cancellation of the run was requested.
    pub async fn is_cancelled(&self, run_id: &str) -> Result<bool> {
        Ok(self.view().await?.get(&cancellation_key(run_id)).await?.is_some())
    }
}

pub(crate) struct CancelQueuedRequest {
    run_id: String,
}

async fn cancel_queued(tx: &mut Tx<'_>, run_id: &str) -> Result<bool> {
    let Some(run) = find(tx, run_id).await? else { return Ok(false) };
    let Some(cancelled) = run.state.cancelled(tx.now()) else { return Ok(false) };
    run.enter(tx, cancelled);
    pools::leave_queues(tx, run_id).await?;
    Ok(true)
}

pub(crate) struct CancellationRequest {
    run_id: String,
}

async fn request_cancellation(tx: &mut Tx<'_>, run_id: &str) -> Result<()> {
    let key = cancellation_key(run_id);
    if tx.get(&key).await?.is_none() {
        tx.set(key, Row::new().with("run_id", run_id));
    }
    Ok(())
}

impl Portable for CancellationRequest {
    const NAME: &'static str = "request_cancellation";
    type Answer = ();

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<()>> {
        Box::pin(request_cancellation(tx, &request.run_id))
    }
}

impl Message for CancellationRequest {
    fn to_row(&self) -> Row {
        Row::new().with("run_id", self.run_id.as_str())
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { run_id: row.take("run_id")? })
    }
}

impl Portable for CancelQueuedRequest {
    const NAME: &'static str = "cancel_queued_run";
    type Answer = bool;

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<bool>> {
        Box::pin(cancel_queued(tx, &request.run_id))
    }
}

impl Message for CancelQueuedRequest {
    fn to_row(&self) -> Row {
        Row::new().with("run_id", self.run_id.as_str())
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { run_id: row.take("run_id")? })
    }
}
