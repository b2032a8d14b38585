//! How a run ended. An outcome can be set for any id, and ends the run with that id if there is one.

use super::RunOutcomeStatus;
use super::stored::find;
use crate::error::{Error, Result};
use crate::key;
use crate::operation::{Message, Portable};
use crate::pools;
use crate::records::{BoxFuture, Key, Row, Table, Tx};
use crate::store::Store;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutcome {
    /// How it ended.
    pub status: RunOutcomeStatus,
    /// Steps that ended. It may exceed the total: a step can fail before it starts.
    pub completed_steps: u32,
    /// Steps of the run.
    pub total_steps: u32,
    /// Why it failed. A failure without a message gets a default; the others have none.
    pub message: Option<String>,
}

impl RunOutcome {
    /// Only a failure has a message.
    fn normalise(self) -> Self {
        let message = match self.status {
            RunOutcomeStatus::Failure => Some(self.message.unwrap_or_else(|| "unknown error".to_owned())),
            RunOutcomeStatus::Success | RunOutcomeStatus::Cancelled => None,
        };
        Self { message, ..self }
    }

    fn to_row(&self, run_id: &str) -> Row {
        Row::new()
            .with("run_id", run_id)
            .with("status", self.status.as_str())
            .with("completed_steps", i64::from(self.completed_steps))
            .with("total_steps", i64::from(self.total_steps))
            .with("message", self.message.clone())
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let (status, completed, total): (String, i64, i64) =
            (row.take("status")?, row.take("completed_steps")?, row.take("total_steps")?);
        let steps =
            |count: i64| u32::try_from(count).map_err(|_| Error::corrupt(format!("an outcome of {count} steps")));
        Ok(Self {
            status: RunOutcomeStatus::parse(&status)
                .ok_or_else(|| Error::corrupt(format!("an outcome with the status '{status}'")))?,
            completed_steps: steps(completed)?,
            total_steps: steps(total)?,
            message: row.take("message")?,
        })
    }
}

pub(super) fn outcome_key(run_id: &str) -> Key {
    key!(Table::Outcome, run_id)
}

impl Store {
    /// Stores the outcome, ends the run, and frees what it holds or waits for, in one transaction. A later call
    /// replaces the outcome.
    pub async fn set_run_outcome(&self, run_id: String, outcome: RunOutcome) -> Result<()> {
        self.transact_portable(SetOutcomeRequest { run_id, outcome: outcome.normalise() }).await
    }

    /// The outcome of the run, if it was set.
    pub async fn get_run_outcome(&self, run_id: &str) -> Result<Option<RunOutcome>> {
        self.view().await?.get(&outcome_key(run_id)).await?.map(RunOutcome::from_row).transpose()
    }
}

pub(crate) struct SetOutcomeRequest {
    run_id: String,
    outcome: RunOutcome,
}

async fn set_outcome(tx: &mut Tx<'_>, SetOutcomeRequest { run_id, outcome }: &SetOutcomeRequest) -> Result<()> {
    let run = find(tx, run_id).await?;
    tx.set(outcome_key(run_id), outcome.to_row(run_id));
    let Some(run) = run else { return Ok(()) };
    let state = run.state.with_outcome(outcome.status, tx.now());
    run.enter(tx, state);
    pools::release_run(tx, run_id).await?;
    Ok(())
}

impl Portable for SetOutcomeRequest {
    const NAME: &'static str = "set_run_outcome";
    type Answer = ();

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<()>> {
        Box::pin(set_outcome(tx, request))
    }
}

impl Message for SetOutcomeRequest {
    fn to_row(&self) -> Row {
        self.outcome.to_row(&self.run_id)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { run_id: row.take("run_id")?, outcome: RunOutcome::from_row(row)? })
    }
}
