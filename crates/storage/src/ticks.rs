//! Ticks of schedules and sensors. Lists are per code location and automation.

use crate::append_list::{self, Entry, EntryIdentity};
use crate::batches::{BATCH, in_batches};
use crate::error::{Error, Result};
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

#[derive(Clone, Debug, Default)]
pub struct NewTick {
    /// Made up when not given.
    pub id: Option<String>,
    pub automation_name: String,
    pub automation_type: String,
    pub status: String,
    /// Now when not given.
    pub timestamp: Option<i64>,
    pub run_ids: Vec<String>,
    pub backfill_ids: Vec<String>,
    pub skip_reason: Option<String>,
    pub error: Option<String>,
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTick {
    pub id: String,
    pub automation_name: String,
    pub automation_type: String,
    pub status: String,
    pub timestamp: i64,
    pub run_ids: Vec<String>,
    pub backfill_ids: Vec<String>,
    pub skip_reason: Option<String>,
    pub error: Option<String>,
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
    /// All or none, in their order.
    pub async fn store_ticks(&self, ticks: Vec<NewTick>) -> Result<Vec<String>> {
        self.transact((self.location.clone(), ticks), |tx, (location, ticks)| {
            Box::pin(append_list::append(tx, location, ticks))
        })
        .await
    }

    /// Newest first; goes on after the tick with the id `after`.
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

    /// Keeps the newest `keep` and answers how many went. Reads those that are kept, too, a page at a
    /// time. Ticks that are stored meanwhile stay, unless they are older than those that are kept.
    pub async fn prune_ticks(&self, automation_name: &str, keep: usize) -> Result<usize> {
        let all = Range::under(NewTick::list_key(&self.location, automation_name));
        let Some(newest) = self.newest_but(&all, keep).await? else { return Ok(0) };
        let doomed = all.through(newest);
        in_batches(self, doomed, i64::MAX, |tx, batch| Box::pin(append_list::remove::<NewTick>(tx, batch))).await
    }

    /// The newest tick but those to keep.
    async fn newest_but(&self, all: &Range, keep: usize) -> Result<Option<Key>> {
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
