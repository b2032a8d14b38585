//! What a commit changed that a wait or a lease depends on, derived from the rows that it wrote.
//!
//! Every write of a row of a pool, a slot, a lease, a queue entry or a cancellation is a change, so no operation has to
//! remember to notify.

use std::collections::HashSet;

use compact_str::CompactString;

use super::model::Grant;
use super::rows::{PoolId, Rank, StepId};
use crate::records::{Key, Part, Row, Table, Write};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The pool's use, queue or limit.
    Pool(PoolId),
    /// A slot or a queue entry of the pool expires at this time.
    Expiry { pool: PoolId, at: i64 },
    /// The step's lease is this grant of this attempt, or is gone.
    Lease { step: StepId, grant: Option<(Grant, CompactString)> },
    /// The step waits with this rank, or no longer.
    Waiter { step: StepId, rank: Option<Rank> },
    /// The cancellation of the run was requested.
    Cancellation { run: String },
}

/// In the order of the writes of one transaction.
pub fn changes(writes: &[Write]) -> impl Iterator<Item = Change> + '_ {
    let moved = moved_slots(writes);
    writes.iter().filter_map(move |write| match write {
        Write::Set(key, row) => set_row(key, row),
        Write::Delete(key) if key.table == Table::Slot && moved.contains(&slot_of(key)) => None,
        Write::Delete(key) => deleted_row(key),
    })
}

/// The slots that are set where one is deleted, too: a renewal moves a slot to another expiry, which frees nothing.
fn moved_slots(writes: &[Write]) -> HashSet<(&[Part], &[Part])> {
    let slots = || writes.iter().filter(|write| write.key().table == Table::Slot);
    if slots().all(is_set) {
        return HashSet::new();
    }
    slots().filter(|write| is_set(write)).map(|write| slot_of(write.key())).collect()
}

const fn is_set(write: &Write) -> bool {
    matches!(write, Write::Set(..))
}

fn set_row(key: &Key, row: &Row) -> Option<Change> {
    match key.table {
        Table::Pool | Table::PoolQueue => Some(Change::Pool(pool_of(key)?)),
        Table::Slot | Table::PlaceEnd => Some(Change::Expiry { pool: pool_of(key)?, at: key.parts.get(2)?.int()? }),
        Table::Lease => Some(Change::Lease { step: step_of(key)?, grant: attempted_grant(row) }),
        Table::Waiter => Some(Change::Waiter { step: step_of(key)?, rank: Rank::in_row(row) }),
        Table::Cancellation => Some(Change::Cancellation { run: key.parts.first()?.text()?.to_owned() }),
        _ => None,
    }
}

fn attempted_grant(row: &Row) -> Option<(Grant, CompactString)> {
    Some((Grant::in_row(row)?, row.text("attempt").unwrap_or_default().into()))
}

fn deleted_row(key: &Key) -> Option<Change> {
    match key.table {
        Table::Pool | Table::PoolQueue | Table::Slot => Some(Change::Pool(pool_of(key)?)),
        Table::Lease => Some(Change::Lease { step: step_of(key)?, grant: None }),
        Table::Waiter => Some(Change::Waiter { step: step_of(key)?, rank: None }),
        _ => None,
    }
}

/// The keys of all rows of a pool begin with it.
fn pool_of(key: &Key) -> Option<PoolId> {
    let [location, pool, ..] = key.parts.as_slice() else { return None };
    Some(PoolId { location: location.text()?.into(), pool: pool.text()?.into() })
}

pub fn step_of(key: &Key) -> Option<StepId> {
    let [run, step] = key.parts.as_slice() else { return None };
    Some(StepId::new(run.text()?, step.text()?))
}

/// A slot's key without its expiry.
fn slot_of(key: &Key) -> (&[Part], &[Part]) {
    (key.parts.get(..2).unwrap_or_default(), key.parts.get(3..).unwrap_or_default())
}
