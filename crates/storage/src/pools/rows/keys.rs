//! Keys of the rows of pools, and ranges of them in the order that each list needs.

use super::{HeadHint, PoolId, Rank, StepId};
use crate::key;
use crate::records::{Key, Range, Table};

pub fn pool_key(id: &PoolId) -> Key {
    key!(Table::Pool, id.location.as_str(), id.pool.as_str())
}

pub fn pools_of(location: &str) -> Range {
    Range::under(key!(Table::Pool, location))
}

pub fn all_pools() -> Range {
    Range::under(key!(Table::Pool))
}

pub fn slot_key(id: &PoolId, end: i64, step: &StepId) -> Key {
    ending(Table::Slot, id, end, step)
}

pub fn place_end_key(id: &PoolId, end: i64, step: &StepId) -> Key {
    ending(Table::PlaceEnd, id, end, step)
}

fn ending(table: Table, id: &PoolId, end: i64, step: &StepId) -> Key {
    key!(table, id.location.as_str(), id.pool.as_str(), end, step.run.as_str(), step.step.as_str())
}

/// Slots of the pool (`Table::Slot`), or entries in its queue (`Table::PlaceEnd`), by expiry.
fn ends_of(table: Table, id: &PoolId) -> Range {
    Range::under(key!(table, id.location.as_str(), id.pool.as_str()))
}

/// Slots or entries that expire from `from` through `to`.
pub fn ending_within(table: Table, id: &PoolId, from: i64, to: i64) -> Range {
    let at = |time: i64| key!(table, id.location.as_str(), id.pool.as_str(), time);
    Range::under(at(from)).through(at(to))
}

/// Slots or entries that have not expired.
pub fn not_ended(table: Table, id: &PoolId, now: i64) -> Range {
    ends_of(table, id).past(key!(table, id.location.as_str(), id.pool.as_str(), now))
}

pub fn lease_key(step: &StepId) -> Key {
    key!(Table::Lease, step.run.as_str(), step.step.as_str())
}

pub fn leases_of(run: &str) -> Range {
    Range::under(key!(Table::Lease, run))
}

pub fn all_leases() -> Range {
    Range::under(key!(Table::Lease))
}

pub fn all_waiters() -> Range {
    Range::under(key!(Table::Waiter))
}

pub fn waiter_key(step: &StepId) -> Key {
    key!(Table::Waiter, step.run.as_str(), step.step.as_str())
}

pub fn waiters_of(run: &str) -> Range {
    Range::under(key!(Table::Waiter, run))
}

pub fn queue_key(id: &PoolId, ineligible: bool, rank: Rank, step: &StepId) -> Key {
    key!(
        Table::PoolQueue,
        id.location.as_str(),
        id.pool.as_str(),
        i64::from(ineligible),
        rank.minus_priority,
        rank.since_micros,
        rank.order,
        step.run.as_str(),
        step.step.as_str(),
    )
}

/// The eligible entries of the queue, from the hint on.
pub fn queue_from(id: &PoolId, head_hint: HeadHint) -> Range {
    let HeadHint { minus_priority, since_micros } = head_hint;
    queue_part(id, false).from(key!(
        Table::PoolQueue,
        id.location.as_str(),
        id.pool.as_str(),
        i64::from(false),
        minus_priority,
        since_micros
    ))
}

pub fn queue_ineligible(id: &PoolId) -> Range {
    queue_part(id, true)
}

fn queue_part(id: &PoolId, ineligible: bool) -> Range {
    Range::under(key!(Table::PoolQueue, id.location.as_str(), id.pool.as_str(), i64::from(ineligible)))
}
