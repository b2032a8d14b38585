//! Deletes a run with what belongs to it.
//!
//! The first transaction removes the run, its outcome, its cancellation, its slots and its queue entries. Its events
//! and logs may be many, so they follow in batches (see `deletions`). The next opening of the store finishes a deletion
//! that a crash interrupted.
//!
//! The effects of the run stay: asset records and materialized partitions. An event of the run that is the latest
//! materialization of an asset or a partition is kept for `get_latest_materialization` only, because its data is there
//! whether or not its run is known.

use super::cancellation::cancellation_key;
use super::outcome::outcome_key;
use super::stored::find;
use crate::append_list;
use crate::batches::in_batches;
use crate::deletions::{Deletion, all_deletions, deletion_key};
use crate::error::{Error, Result};
use crate::events::{Latests, Selection, remove_events};
use crate::key;
use crate::logs::NewLog;
use crate::operation::{Message, Portable};
use crate::pools;
use crate::records::{BoxFuture, Direction, Range, Row, Table, Tx};
use crate::store::Store;

impl Store {
    /// Deletes the run. False if it is unknown; fails with `Code::Conflict` if it has not ended. Repeating the call
    /// continues a deletion that failed half-way, and returns false, because the run is unknown by then.
    pub async fn delete_run(&self, run_id: String) -> Result<bool> {
        let Begun { is_known, deletion } = self.transact_portable(DeleteRunRequest { run_id }).await?;
        if let Some(deletion) = deletion {
            finish(self, deletion).await?;
        }
        Ok(is_known)
    }
}

pub(crate) struct DeleteRunRequest {
    run_id: String,
}

/// A deletion whose first transaction is done.
pub(crate) struct Begun {
    is_known: bool,
    deletion: Option<Deletion>,
}

async fn begin(tx: &mut Tx<'_>, run_id: &str) -> Result<Begun> {
    let Some(run) = find(tx, run_id).await? else {
        return Ok(Begun { is_known: false, deletion: under_way(tx, run_id).await? });
    };
    if !run.state.status.is_terminal() {
        let status = run.state.status.as_str();
        return Err(Error::conflict(format!("run '{run_id}' is {status}: it can be deleted when it is over")));
    }
    pools::release_run(tx, run_id).await?;
    run.remove(tx);
    tx.delete(cancellation_key(run_id));
    tx.delete(outcome_key(run_id));
    let deletion = Deletion { run_id: run_id.to_owned(), order: tx.next_order() };
    tx.set(deletion_key(run_id), deletion.to_row());
    Ok(Begun { is_known: true, deletion: Some(deletion) })
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
    in_batches(store, logs, *order, |tx, batch| Box::pin(append_list::remove::<NewLog>(tx, batch))).await?;
    store.transact(deletion, |tx, deletion| Box::pin(end(tx, deletion))).await
}

/// Ends this deletion, unless another run with the same id was deleted later: then that deletion has more to remove,
/// and ends itself.
async fn end(tx: &mut Tx<'_>, deletion: &Deletion) -> Result<()> {
    let last = under_way(tx, &deletion.run_id).await?;
    if last.is_some_and(|last| last.order == deletion.order) {
        tx.delete(deletion_key(&deletion.run_id));
    }
    Ok(())
}

/// Finishes the deletions that earlier openings of the store did not finish.
pub async fn finish_deletions(store: &Store) -> Result<()> {
    let rows = store.view().await?.scan(&all_deletions(), Direction::Forward, usize::MAX).await?;
    for row in rows {
        finish(store, Deletion::from_row(row)?).await?;
    }
    Ok(())
}

impl Portable for DeleteRunRequest {
    const NAME: &'static str = "delete_run";
    type Answer = Begun;

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<Begun>> {
        Box::pin(begin(tx, &request.run_id))
    }
}

impl Message for DeleteRunRequest {
    fn to_row(&self) -> Row {
        Row::new().with("run_id", self.run_id.as_str())
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { run_id: row.take("run_id")? })
    }
}

impl Message for Begun {
    fn to_row(&self) -> Row {
        self.deletion.as_ref().map_or_else(Row::new, Deletion::to_row).with("is_known", self.is_known)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let is_known = row.take("is_known")?;
        let deletion = if row.fields().is_empty() { None } else { Some(Deletion::from_row(row)?) };
        Ok(Self { is_known, deletion })
    }
}
