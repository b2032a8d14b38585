//! What the steps of a run wrote to their outputs. Global, as runs are by their ids.

use crate::append_list::{self, Entry, EntryIdentity};
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

#[derive(Clone, Debug, Default)]
pub struct NewLog {
    /// Made up when not given.
    pub id: Option<String>,
    pub run_id: String,
    pub step_key: String,
    /// Now when not given.
    pub timestamp: Option<i64>,
    pub stdout: Option<String>,
    pub stderr: Option<String>,
    pub logs: Option<String>,
    pub traceback: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLog {
    pub id: String,
    pub run_id: String,
    pub step_key: String,
    pub timestamp: i64,
    pub stdout: Option<String>,
    pub stderr: Option<String>,
    pub logs: Option<String>,
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
    /// All or none, in their order.
    pub async fn store_run_logs(&self, logs: Vec<NewLog>) -> Result<Vec<String>> {
        self.transact((self.location.clone(), logs), |tx, (location, logs)| {
            Box::pin(append_list::append(tx, location, logs))
        })
        .await
    }

    /// Oldest first.
    pub async fn get_run_logs(&self, run_id: &str) -> Result<Vec<StoredLog>> {
        let range = Range::under(key!(Table::Log, run_id));
        let rows = self.view().await?.scan(&range, Direction::Forward, usize::MAX).await?;
        rows.into_iter().map(StoredLog::from_row).collect()
    }
}
