//! Lists of events: of a run oldest first, of an asset newest first. Events of one time are in the order of storing.

use super::identity::{self, EventIdentity};
use super::rows::{EventPlace, by_asset_key, event_key, from_row};
use super::{EventPosition, StoredEvent};
use crate::error::{Error, Result};
use crate::key;
use crate::records::{Direction, Key, Range, Reads, Table};
use crate::store::Store;

impl Store {
    /// The events of the asset, newest first, at most `limit`. Continues after the event with the id `after`; fails
    /// with `Code::NotFound` if the asset has no such event.
    pub async fn get_events_for_asset(
        &self,
        asset_key: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Vec<StoredEvent>> {
        let view = self.snapshot().await?;
        let mut range = Range::under(key!(Table::EventByAsset, self.location.as_str(), asset_key));
        if let Some(id) = after {
            let is_of_asset = |event: &EventIdentity| event.is_of_asset(&self.location, asset_key);
            let last = self.moment_of(view.as_ref(), id, is_of_asset).await?;
            range = range.before(by_asset_key(&self.location, asset_key, last));
        }
        let rows = view.scan(&range, Direction::Backward, limit).await?;
        let event = |row| EventPlace::from_row(row).map(|place| place.key());
        let events: Vec<Key> = rows.into_iter().map(event).collect::<Result<_>>()?;
        events_at(view.as_ref(), &events).await
    }

    /// The events of the run, oldest first, at most `limit`; all by default. Continues after the event with the id
    /// `after`; fails with `Code::NotFound` if the run has no such event.
    pub async fn get_events_for_run(
        &self,
        run_id: &str,
        limit: Option<usize>,
        after: Option<&str>,
    ) -> Result<Vec<StoredEvent>> {
        let view = self.view().await?;
        let mut range = Range::under(key!(Table::Event, run_id));
        if let Some(id) = after {
            let last = self.moment_of(view.as_ref(), id, |event| event.run_id == run_id).await?;
            range = range.past(event_key(run_id, last));
        }
        read_range(view.as_ref(), &range, limit.unwrap_or(usize::MAX)).await
    }

    async fn moment_of(
        &self,
        reads: &dyn Reads,
        id: &str,
        belongs: impl Fn(&EventIdentity) -> bool,
    ) -> Result<EventPosition> {
        let identity = identity::find(reads, self.records().context().store_id(), id).await?;
        let position = identity.filter(belongs).map(|event| event.position);
        position.ok_or_else(|| Error::not_found(format!("after: the list has no event with the id '{id}'")))
    }
}

/// All events of a run, oldest first.
pub async fn scan_run(reads: &dyn Reads, run_id: &str) -> Result<Vec<StoredEvent>> {
    read_range(reads, &Range::under(key!(Table::Event, run_id)), usize::MAX).await
}

async fn read_range(reads: &dyn Reads, range: &Range, limit: usize) -> Result<Vec<StoredEvent>> {
    reads.scan(range, Direction::Forward, limit).await?.into_iter().map(from_row).collect()
}

pub async fn events_at(reads: &dyn Reads, keys: &[Key]) -> Result<Vec<StoredEvent>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let gone = || Error::corrupt("an event that another record names is gone");
    reads.get_many(keys).await?.into_iter().map(|row| from_row(row.ok_or_else(gone)?)).collect()
}
