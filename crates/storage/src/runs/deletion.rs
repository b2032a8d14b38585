//! Deleting a run with all that is its own.
//!
//! The run itself, its outcome, its cancellation, its slots and its places in queues go in the first
//! transaction. Its events and logs may be many, so they follow in batches. Until the last of them is
//! gone, a row names the run and the order number at which it was deleted: what was stored before that
//! number is the deleted run's, what is stored after it under the same id is not, and stays. An opening
//! of the store finishes what such a row names, so nobody finds half a run after a crash.
//!
//! What the run did is not its own. Asset records show it still, and where it made the latest
//! materialization of an asset or a partition, that event is kept for `get_latest_materialization`
//! alone: the data is there, whether its run is remembered or not.

use std::collections::{BTreeSet, HashMap};

use super::cancellation::cancellation_key;
use super::outcome::outcome_key;
use super::stored::find;
use crate::batches::in_batches;
use crate::error::{Error, Result};
use crate::events::{Latests, Selection, remove_events};
use crate::journal;
use crate::key;
use crate::logs::NewLog;
use crate::pools;
use crate::records::{Direction, Key, Range, Reads, Row, Table, Tx};
use crate::store::Store;

#[derive(Clone, Debug)]
struct Deletion {
    run_id: String,
    order: i64,
}

fn deletion_key(run_id: &str) -> Key {
    key!(Table::RunDeletion, run_id)
}

impl Deletion {
    fn to_row(&self) -> Row {
        Row::new().with("run_id", self.run_id.as_str()).with("order", self.order)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { run_id: row.take("run_id")?, order: row.take("order")? })
    }
}

impl Store {
    /// False for an unknown run; a conflict while it is not over. Whatever it answers, nothing is left of
    /// the run: one whose deletion failed half-way is unknown, and repeating the call goes on with it.
    pub async fn delete_run(&self, run_id: String) -> Result<bool> {
        let (is_known, deletion) = self.transact(run_id, |tx, run_id| Box::pin(begin(tx, run_id))).await?;
        if let Some(deletion) = deletion {
            finish(self, deletion).await?;
        }
        Ok(is_known)
    }
}

async fn begin(tx: &mut Tx<'_>, run_id: &String) -> Result<(bool, Option<Deletion>)> {
    let Some(run) = find(tx, run_id).await? else { return Ok((false, under_way(tx, run_id).await?)) };
    if !run.state.status.is_terminal() {
        let status = run.state.status.as_str();
        return Err(Error::conflict(format!("run '{run_id}' is {status}: it can be deleted when it is over")));
    }
    pools::release_run(tx, run_id).await?;
    run.remove(tx);
    tx.delete(cancellation_key(run_id));
    tx.delete(outcome_key(run_id));
    let deletion = Deletion { run_id: run_id.clone(), order: tx.next_order() };
    tx.set(deletion_key(run_id), deletion.to_row());
    Ok((true, Some(deletion)))
}

async fn under_way(tx: &Tx<'_>, run_id: &str) -> Result<Option<Deletion>> {
    tx.get(&deletion_key(run_id)).await?.map(Deletion::from_row).transpose()
}

async fn finish(store: &Store, deletion: Deletion) -> Result<()> {
    let Deletion { run_id, order } = &deletion;
    let selection = Selection { location: None, before_order: *order, latests: Latests::AreKept };
    let events = Range::under(key!(Table::Event, run_id));
    in_batches(store, events, selection, |tx, batch| Box::pin(remove_events(tx, batch))).await?;
    let logs = Range::under(key!(Table::Log, run_id));
    in_batches(store, logs, *order, |tx, batch| Box::pin(journal::remove::<NewLog>(tx, batch))).await?;
    store.transact(deletion, |tx, deletion| Box::pin(end(tx, deletion))).await
}

/// Unless a run of the same id was deleted meanwhile: then there is more to do, and somebody does it.
async fn end(tx: &mut Tx<'_>, deletion: &Deletion) -> Result<()> {
    let last = under_way(tx, &deletion.run_id).await?;
    if last.is_some_and(|last| last.order == deletion.order) {
        tx.delete(deletion_key(&deletion.run_id));
    }
    Ok(())
}

/// Whatever an earlier opening of the store did not come to.
pub async fn finish_deletions(store: &Store) -> Result<()> {
    let rows =
        store.view().await?.scan(&Range::under(key!(Table::RunDeletion)), Direction::Forward, usize::MAX).await?;
    for row in rows {
        finish(store, Deletion::from_row(row)?).await?;
    }
    Ok(())
}

/// Which of some runs are being deleted.
pub struct Deletions(HashMap<String, i64>);

impl Deletions {
    pub async fn of<'i>(reads: &dyn Reads, runs: impl Iterator<Item = &'i str> + Send) -> Result<Self> {
        let keys: Vec<Key> = runs.collect::<BTreeSet<_>>().into_iter().map(deletion_key).collect();
        let rows = if keys.is_empty() { Vec::new() } else { reads.get_many(&keys).await? };
        let deletions = rows.into_iter().flatten().map(Deletion::from_row);
        deletions
            .map(|deletion| deletion.map(|deletion| (deletion.run_id, deletion.order)))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether what was stored with this order number is going.
    pub fn include(&self, run_id: &str, order: i64) -> bool {
        self.0.get(run_id).is_some_and(|deleted| order < *deleted)
    }
}
