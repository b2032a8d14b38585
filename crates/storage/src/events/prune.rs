//! Removing old events.
//!
//! Events are kept by run, so the oldest event of each run is looked at, and beyond that nothing but
//! what is old: one read a run, outside of any transaction, and then what goes.
//!
//! Only events that were stored from the pruning code location go: what others need to keep is theirs
//! to say. What events did stays: asset records, materialized partitions and outcomes of runs. What is
//! computed from a run's events, its progress, is of those that are left.

use super::identity::EventIdentity;
use super::latest::Latest;
use super::remove::{Latests, Selection, latest_keys, remove_events};
use crate::batches::{BatchProgress, BatchRequest, first, in_batches};
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Table, Tx};
use crate::store::Store;

impl Store {
    /// Removes the events of this code location from before `older_than`, in milliseconds since the Unix epoch. With
    /// `keep_latest` the latest materialization of each asset and partition stays. Returns how many events were
    /// removed.
    pub async fn prune_events(&self, older_than: i64, keep_latest: bool) -> Result<usize> {
        let mut removed = 0;
        let mut rest = Range::under(key!(Table::Event));
        while let Some(mut oldest) = self.view().await?.scan(&rest, Direction::Forward, 1).await?.pop() {
            let (run_id, time): (String, i64) = (oldest.take("run_id")?, oldest.take("time")?);
            let run = key!(Table::Event, &run_id);
            rest = rest.past(run.clone());
            if time < older_than {
                let old = Range::under(run).before(key!(Table::Event, &run_id, older_than));
                let latests = if keep_latest { Latests::Stay } else { Latests::Go };
                let selection = Selection { location: Some(self.location.clone()), before_order: i64::MAX, latests };
                removed += in_batches(self, old, selection, |tx, batch| Box::pin(remove_events(tx, batch))).await?;
            }
        }
        if !keep_latest {
            let kept = Range::under(key!(Table::KeptMaterialization, self.location()));
            let old = kept.before(key!(Table::KeptMaterialization, self.location(), older_than));
            in_batches(self, old, (), |tx, batch| Box::pin(remove_kept(tx, batch))).await?;
        }
        Ok(removed)
    }
}

/// Removes events that were kept when their run was deleted. They do not count as removed events: the deletion of the
/// run removed them already.
async fn remove_kept(tx: &mut Tx<'_>, (rest, _): &BatchRequest<()>) -> Result<BatchProgress> {
    let mut seen = Vec::new();
    let mut named_by = Vec::new();
    for mut row in first(tx, rest).await? {
        let partition: Option<String> = row.take("partition")?;
        let event = EventIdentity::from_row(row)?;
        let position = event.position;
        named_by.extend(latest_keys(&event, partition.as_deref()).into_iter().map(|key| (key, position)));
        // Of an asset and of its partition: both are done with the first of them.
        seen.push(key!(Table::KeptMaterialization, &event.location, position.time, position.order));
    }
    let keys: Vec<Key> = named_by.iter().map(|(key, _)| key.clone()).collect();
    if !keys.is_empty() {
        for ((key, position), row) in named_by.into_iter().zip(tx.get_many(&keys).await?) {
            let latest = Latest::from_row(row)?;
            if latest.is_kept(position) {
                latest.prune(tx, key, position);
            }
        }
    }
    Ok(BatchProgress::new(0, seen))
}
