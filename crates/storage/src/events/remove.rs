//! Removes events, together with the rows that find them.

use std::iter;

use compact_str::CompactString;

use super::EventType;
use super::identity::EventIdentity;
use super::latest::{Latest, latest_key, partition_latest_key};
use super::rows::{by_asset_key, event_key};
use crate::batches::{BatchProgress, BatchRequest, first};
use crate::error::Result;
use crate::records::{Key, Row, Tx};

/// Which events of a range to remove.
pub struct Selection {
    /// Only events of this code location.
    pub location: Option<CompactString>,
    /// Only events that were stored before this order number.
    pub before_order: i64,
    pub latests: Latests,
}

/// What happens to events that are the latest materialization of an asset or a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latests {
    /// They stay.
    Stay,
    /// They are moved out of their run.
    AreKept,
    /// They are removed.
    Go,
}

impl Selection {
    fn has(&self, event: &EventIdentity) -> bool {
        let here = self.location.as_ref().is_none_or(|location| *location == event.location);
        here && event.position.order < self.before_order
    }
}

/// An event to remove, with the keys of the rows that may find it.
struct Removal {
    row: Row,
    event: EventIdentity,
    by_id: Option<Key>,
    latest: Vec<Key>,
}

impl Removal {
    fn new(row: Row, store_id: &str) -> Result<Self> {
        let mut fields = row.clone();
        let partition: Option<String> = fields.take("partition")?;
        let event = EventIdentity::from_row(fields)?;
        let latest = latest_keys(&event, partition.as_deref());
        Ok(Self { row, by_id: event.by_id_key(store_id), latest, event })
    }
}

/// The keys of the rows that name the event, if it is a latest materialization.
pub fn latest_keys(event: &EventIdentity, partition: Option<&str>) -> Vec<Key> {
    let EventIdentity { location, asset_key, .. } = event;
    let asset = asset_key.as_ref().filter(|_| event.event_type == EventType::Materialization);
    asset.map_or_else(Vec::new, |asset| {
        let of_partition = partition.map(|partition| partition_latest_key(location, asset, partition));
        iter::once(latest_key(location, asset)).chain(of_partition).collect()
    })
}

/// Removes the selected events among the first of the range.
pub async fn remove_events(tx: &mut Tx<'_>, (rest, selection): &BatchRequest<Selection>) -> Result<BatchProgress> {
    let mut seen = Vec::new();
    let mut removals = Vec::new();
    for row in first(tx, rest).await? {
        let one = Removal::new(row, tx.store_id())?;
        seen.push(event_key(&one.event.run_id, one.event.position));
        if selection.has(&one.event) {
            removals.push(one);
        }
    }
    let removed = remove(tx, removals, selection.latests).await?;
    Ok(BatchProgress::new(removed, seen))
}

async fn remove(tx: &mut Tx<'_>, removals: Vec<Removal>, latests: Latests) -> Result<usize> {
    let keys: Vec<Key> = removals.iter().flat_map(|one| one.by_id.iter().chain(&one.latest)).cloned().collect();
    let mut answers = if keys.is_empty() { Vec::new() } else { tx.get_many(&keys).await? }.into_iter();
    let mut answer = || answers.next().flatten();
    let mut removed = 0;
    for Removal { row, event, by_id, latest } in removals {
        let position = event.position;
        let mut by_id = by_id;
        if by_id.is_some() {
            // A later event may have the id by now.
            let identity = answer().map(EventIdentity::from_row).transpose()?;
            by_id = by_id.filter(|_| identity.is_some_and(|identity| identity.position == position));
        }
        let mut named_by = Vec::new();
        for key in latest {
            let latest = Latest::from_row(answer())?;
            if latest.is_in_run(position) {
                named_by.push((key, latest));
            }
        }
        if latests == Latests::Stay && !named_by.is_empty() {
            continue;
        }
        for (key, latest) in named_by {
            if latests == Latests::AreKept {
                latest.keep(tx, key, position, row.clone());
            } else {
                latest.prune(tx, key, position);
            }
        }
        let by_asset = event.asset_key.as_ref().map(|asset| by_asset_key(&event.location, asset, position));
        for key in [Some(event_key(&event.run_id, position)), by_asset, by_id].into_iter().flatten() {
            tx.delete(key);
        }
        removed += 1;
    }
    Ok(removed)
}
