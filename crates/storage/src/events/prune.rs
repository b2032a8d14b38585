//! Removing old events.
//!
//! Events are stored by run. Their oldest one is read for each run, outside of any transaction; beyond that only old
//! events are read. The rows of the runs are in the same order as the events, so the oldest events of many runs are
//! read in one call.
//!
//! Only events that were stored from the pruning code location are removed. Their effects stay: asset records,
//! materialized partitions and outcomes of runs. The progress of a run is computed from the events that are left.

use super::identity::EventIdentity;
use super::latest::Latest;
use super::remove::{Latests, Selection, latest_keys, remove_events};
use crate::batches::{BatchProgress, BatchRequest, first, in_batches};
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Scan, Table, Tx};
use crate::store::Store;

impl Store {
    /// Removes the events of this code location from before `older_than`, in milliseconds since the Unix epoch. With
    /// `keep_latest` the latest materialization of each asset and partition stays. Returns how many events were
    /// removed.
    pub async fn prune_events(&self, older_than: i64, keep_latest: bool) -> Result<usize> {
        let mut removed = 0;
        let mut after: Option<String> = None;
        while let Some((run_id, time)) = self.next_event(after.as_deref()).await? {
            let (runs, is_end) = self.runs_after(&run_id).await?;
            let mut ranges = ranges_of(&run_id, &runs, is_end);
            let mut oldest = vec![(run_id, time)];
            while !oldest.is_empty() {
                for (run_id, time) in oldest {
                    if time < older_than {
                        removed += self.prune_run(&run_id, older_than, keep_latest).await?;
                    }
                }
                oldest = self.oldest_events(&mut ranges).await?;
            }
            if is_end {
                break;
            }
            after = runs.into_iter().next_back();
        }
        if !keep_latest {
            let kept = Range::under(key!(Table::KeptMaterialization, self.location()));
            let old = kept.before(key!(Table::KeptMaterialization, self.location(), older_than));
            in_batches(self, old, (), |tx, batch| Box::pin(remove_kept(tx, batch))).await?;
        }
        Ok(removed)
    }

    /// The first event after those of a run: its run, and its time. Rows of runs outlive events that were pruned, so
    /// the runs before it are skipped by one read.
    async fn next_event(&self, after: Option<&str>) -> Result<Option<(String, i64)>> {
        let mut rest = Range::under(key!(Table::Event));
        if let Some(run) = after {
            rest = rest.past(key!(Table::Event, run));
        }
        let mut rows = self.view().await?.scan(&rest, Direction::Forward, 1).await?;
        rows.pop().map(|mut row| Ok((row.take("run_id")?, row.take("time")?))).transpose()
    }

    /// The ids of the next runs that have a row, in the order of their events, and whether they are the last.
    async fn runs_after(&self, run_id: &str) -> Result<(Vec<String>, bool)> {
        let rest = Range::under(key!(Table::Run)).past(key!(Table::Run, run_id));
        let rows = self.view().await?.scan(&rest, Direction::Forward, RUNS).await?;
        let runs: Vec<String> = rows.into_iter().map(|mut row| row.take("run_id")).collect::<Result<_>>()?;
        let is_end = runs.len() < RUNS;
        Ok((runs, is_end))
    }

    /// The first event of each range: its run, and its time. Leaves the ranges that may have events of other runs.
    async fn oldest_events(&self, ranges: &mut Vec<RunRange>) -> Result<Vec<(String, i64)>> {
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        let scans: Vec<Scan> = ranges.iter().map(|range| Scan { range: range.events.clone(), limit: 1 }).collect();
        let found = self.view().await?.scan_many(&scans).await?;
        let mut oldest = Vec::new();
        for (mut range, rows) in std::mem::take(ranges).into_iter().zip(found) {
            for mut row in rows {
                let (run_id, time): (String, i64) = (row.take("run_id")?, row.take("time")?);
                if range.last.as_ref() != Some(&run_id) {
                    range.events = range.events.past(key!(Table::Event, &run_id));
                    ranges.push(range.clone());
                }
                oldest.push((run_id, time));
            }
        }
        Ok(oldest)
    }

    async fn prune_run(&self, run_id: &str, older_than: i64, keep_latest: bool) -> Result<usize> {
        let old = Range::under(key!(Table::Event, run_id)).before(key!(Table::Event, run_id, older_than));
        let latests = if keep_latest { Latests::Stay } else { Latests::Go };
        let selection = Selection { location: Some(self.location.clone()), before_order: i64::MAX, latests };
        in_batches(self, old, selection, |tx, batch| Box::pin(remove_events(tx, batch))).await
    }
}

/// So many runs are looked up at once.
const RUNS: usize = 256;

/// Events after those of one run with a row, up to those of the next.
#[derive(Clone)]
struct RunRange {
    events: Range,
    /// The run that ends the range: its events are the last of it.
    last: Option<String>,
}

/// The events of runs without a row are found, too: they are in the range of the next run with one.
fn ranges_of(after: &str, runs: &[String], is_end: bool) -> Vec<RunRange> {
    let mut rest = Range::under(key!(Table::Event)).past(key!(Table::Event, after));
    let mut ranges = Vec::with_capacity(runs.len() + 1);
    for run in runs {
        let events = rest.clone().through(key!(Table::Event, run));
        ranges.push(RunRange { events, last: Some(run.clone()) });
        rest = rest.past(key!(Table::Event, run));
    }
    if is_end {
        ranges.push(RunRange { events: rest, last: None });
    }
    ranges
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
