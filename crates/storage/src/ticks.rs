//! Ticks: evaluations of schedules and sensors. Each automation of a code location has a list of its own.

mod tables;

use crate::append_list::{self, Entry, EntryIdentity};
use crate::batches::{BATCH, in_batches};
use crate::error::{Error, Result};
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

pub(crate) use tables::TABLES;

/// A tick to store.
#[derive(Clone, Debug, Default)]
pub struct NewTick {
    /// Storing the same id again changes nothing. Default: generated.
    pub id: Option<String>,
    /// The schedule or sensor.
    pub automation_name: String,
    /// What the automation is, such as `Schedule` or `Sensor`. Any text.
    pub automation_type: String,
    /// How the evaluation went, such as `Success`, `Skipped` or `Failed`. Any text.
    pub status: String,
    /// When the automation was evaluated, in milliseconds since the Unix epoch. Default: now.
    pub timestamp: Option<i64>,
    /// Runs that it launched.
    pub run_ids: Vec<String>,
    /// Backfills that it launched.
    pub backfill_ids: Vec<String>,
    /// Why it launched nothing.
    pub skip_reason: Option<String>,
    /// Why the evaluation failed.
    pub error: Option<String>,
    /// Where the next evaluation continues.
    pub cursor: Option<String>,
}

/// A stored tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTick {
    /// The id, as given or generated.
    pub id: String,
    /// The schedule or sensor.
    pub automation_name: String,
    /// What the automation is, such as `Schedule` or `Sensor`. Any text.
    pub automation_type: String,
    /// How the evaluation went, such as `Success`, `Skipped` or `Failed`. Any text.
    pub status: String,
    /// When the automation was evaluated, in milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// Runs that it launched.
    pub run_ids: Vec<String>,
    /// Backfills that it launched.
    pub backfill_ids: Vec<String>,
    /// Why it launched nothing.
    pub skip_reason: Option<String>,
    /// Why the evaluation failed.
    pub error: Option<String>,
    /// Where the next evaluation continues.
    pub cursor: Option<String>,
}

impl Entry for NewTick {
    const NAME: &'static str = "tick";
    const BY_ID: Table = Table::TickById;
    const LIST: &'static str = "automation_name";
    const SUBJECT: &'static str = "automation_type";
    const OF_RUN: bool = false;

    fn list_key(location: &str, list: &str) -> Key {
        key!(Table::Tick, location, list)
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn timestamp(&self) -> Option<i64> {
        self.timestamp
    }

    fn list(&self) -> &str {
        &self.automation_name
    }

    fn subject(&self) -> &str {
        &self.automation_type
    }

    fn write(&self, row: Row) -> Row {
        row.with("status", self.status.as_str())
            .with("run_ids", &self.run_ids)
            .with("backfill_ids", &self.backfill_ids)
            .with("skip_reason", self.skip_reason.as_deref())
            .with("error", self.error.as_deref())
            .with("cursor", self.cursor.as_deref())
    }
}

impl StoredTick {
    fn from_row(mut row: Row) -> Result<Self> {
        let identity = EntryIdentity::take::<NewTick>(&mut row)?;
        Ok(Self {
            id: identity.id,
            automation_name: identity.list,
            automation_type: identity.subject,
            status: row.take("status")?,
            timestamp: identity.time,
            run_ids: row.take("run_ids")?,
            backfill_ids: row.take("backfill_ids")?,
            skip_reason: row.take("skip_reason")?,
            error: row.take("error")?,
            cursor: row.take("cursor")?,
        })
    }
}

impl Store {
    /// Stores the ticks in their order, all or none, and returns their ids. Fails with `Code::Conflict` if an id is in
    /// use for a tick of another automation, or of another automation type.
    pub async fn store_ticks(&self, ticks: Vec<NewTick>) -> Result<Vec<String>> {
        self.transact((self.location.clone(), ticks), |tx, (location, ticks)| {
            Box::pin(append_list::append(tx, location, ticks))
        })
        .await
    }

    /// The ticks of the automation, newest first, at most `limit`. Continues after the tick with the id `after`; fails
    /// with `Code::NotFound` if the automation has no such tick.
    pub async fn get_ticks(&self, automation_name: &str, limit: usize, after: Option<&str>) -> Result<Vec<StoredTick>> {
        let view = self.view().await?;
        let mut range = Range::under(NewTick::list_key(&self.location, automation_name));
        if let Some(id) = after {
            let store_id = self.records().context().store_id();
            let last = append_list::find::<NewTick>(view.as_ref(), store_id, &self.location, id).await?;
            let place = last.map(|identity| identity.key::<NewTick>()).filter(|place| range.contains(place));
            range = range.before(place.ok_or_else(|| not_listed(automation_name, id))?);
        }
        let rows = view.scan(&range, Direction::Backward, limit).await?;
        rows.into_iter().map(StoredTick::from_row).collect()
    }

    /// Keeps the newest `keep` ticks, and returns how many were removed. Reads the ticks that stay, too, a page at a
    /// time. A tick that is stored during the call is removed only if it is older than those that stay.
    pub async fn prune_ticks(&self, automation_name: &str, keep: usize) -> Result<usize> {
        let all = Range::under(NewTick::list_key(&self.location, automation_name));
        let Some(newest) = self.newest_key_to_prune(&all, keep).await? else { return Ok(0) };
        let doomed = all.through(newest);
        in_batches(self, doomed, i64::MAX, |tx, batch| Box::pin(append_list::remove::<NewTick>(tx, batch))).await
    }

    /// The newest tick after the `keep` that stay.
    async fn newest_key_to_prune(&self, all: &Range, keep: usize) -> Result<Option<Key>> {
        let view = self.view().await?;
        let (mut rest, mut to_pass) = (all.clone(), keep);
        loop {
            let page = to_pass.saturating_add(1).min(BATCH);
            let rows = view.scan(&rest, Direction::Backward, page).await?;
            if rows.len() < page {
                return Ok(None);
            }
            let Some(mut last) = rows.into_iter().last() else { return Ok(None) };
            let last = EntryIdentity::take::<NewTick>(&mut last)?.key::<NewTick>();
            if to_pass < page {
                return Ok(Some(last));
            }
            to_pass -= page;
            rest = rest.before(last);
        }
    }
}

fn not_listed(automation_name: &str, id: &str) -> Error {
    Error::not_found(format!("after: automation '{automation_name}' has no tick with the id '{id}'"))
}
