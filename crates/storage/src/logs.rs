//! Output of the steps of a run. A run's logs are shared by all code locations, as its id is.

mod tables;

use crate::append_list::{self, Entry, EntryIdentity};
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

pub(crate) use tables::TABLES;

/// A log to store.
#[derive(Clone, Debug, Default)]
pub struct NewLog {
    /// Storing the same id again changes nothing. Default: generated.
    pub id: Option<String>,
    /// The run that the log belongs to. The run need not exist.
    pub run_id: String,
    /// The step that wrote the log.
    pub step_key: String,
    /// When it was written, in milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    /// Text that the step wrote to its standard output.
    pub stdout: Option<String>,
    /// Text that the step wrote to its standard error.
    pub stderr: Option<String>,
    /// Text that the step logged.
    pub logs: Option<String>,
    /// The stack trace of the step's failure.
    pub traceback: Option<String>,
}

/// A stored log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLog {
    /// The id, as given or generated.
    pub id: String,
    /// The run that the log belongs to.
    pub run_id: String,
    /// The step that wrote the log.
    pub step_key: String,
    /// When it was written, in milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// Text that the step wrote to its standard output.
    pub stdout: Option<String>,
    /// Text that the step wrote to its standard error.
    pub stderr: Option<String>,
    /// Text that the step logged.
    pub logs: Option<String>,
    /// The stack trace of the step's failure.
    pub traceback: Option<String>,
}

impl Entry for NewLog {
    const NAME: &'static str = "log";
    const BY_ID: Table = Table::LogById;
    const LIST: &'static str = "run_id";
    const SUBJECT: &'static str = "step_key";
    const OF_RUN: bool = true;

    fn list_key(_: &str, list: &str) -> Key {
        key!(Table::Log, list)
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn timestamp(&self) -> Option<i64> {
        self.timestamp
    }

    fn list(&self) -> &str {
        &self.run_id
    }

    fn subject(&self) -> &str {
        &self.step_key
    }

    fn write(&self, row: Row) -> Row {
        row.with("stdout", self.stdout.as_deref())
            .with("stderr", self.stderr.as_deref())
            .with("logs", self.logs.as_deref())
            .with("traceback", self.traceback.as_deref())
    }
}

impl StoredLog {
    fn from_row(mut row: Row) -> Result<Self> {
        let identity = EntryIdentity::take::<NewLog>(&mut row)?;
        Ok(Self {
            id: identity.id,
            run_id: identity.list,
            step_key: identity.subject,
            timestamp: identity.time,
            stdout: row.take("stdout")?,
            stderr: row.take("stderr")?,
            logs: row.take("logs")?,
            traceback: row.take("traceback")?,
        })
    }
}

impl Store {
    /// Stores the logs in their order, all or none, and returns their ids. Fails with `Code::Conflict` if an id is in
    /// use for a log of another run or step.
    pub async fn store_run_logs(&self, logs: Vec<NewLog>) -> Result<Vec<String>> {
        self.transact((self.location.clone(), logs), |tx, (location, logs)| {
            Box::pin(append_list::append(tx, location, logs))
        })
        .await
    }

    /// The logs of the run, oldest first; of the same time, in the order of storing.
    pub async fn get_run_logs(&self, run_id: &str) -> Result<Vec<StoredLog>> {
        let range = Range::under(key!(Table::Log, run_id));
        let rows = self.view().await?.scan(&range, Direction::Forward, usize::MAX).await?;
        rows.into_iter().map(StoredLog::from_row).collect()
    }
}
