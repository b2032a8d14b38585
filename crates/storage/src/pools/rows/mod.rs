//! The rows of pools, leases and queues.

mod keys;
mod lease;
mod pool;
mod process;
mod waiter;

use compact_str::CompactString;

pub use keys::{
    all_leases, all_pools, all_waiters, ending_within, lease_key, leases_of, not_ended, place_end_key, pool_key,
    pools_of, queue_from, queue_ineligible, queue_key, slot_key, waiter_key, waiters_of,
};
pub use lease::Lease;
pub use pool::{HeadHint, Pool};
pub use process::{all_processes, process_from, process_key, process_row, silent};
pub use waiter::{PROCESS_LIFE_MS, QueueEntry, Rank, Terms, Waiter};

use crate::error::Result;
use crate::records::Row;

/// A pool by code location and key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolId {
    pub location: CompactString,
    pub pool: CompactString,
}

/// A step by run and key: it holds or waits for slots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId {
    pub run: CompactString,
    pub step: CompactString,
}

impl PoolId {
    /// From the row of a pool.
    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { location: row.take("location")?, pool: row.take("pool_key")? })
    }

    /// For a message.
    pub fn to_row(&self) -> Row {
        Row::new().with("location", self.location.clone()).with("pool_key", self.pool.clone())
    }
}

impl StepId {
    pub fn new(run: &str, step: &str) -> Self {
        Self { run: run.into(), step: step.into() }
    }

    pub fn from_row(mut row: Row) -> Result<Self> {
        step_from(&mut row)
    }

    /// For a message.
    pub fn to_row(&self) -> Row {
        Row::new().with_step(self)
    }
}

/// The step and the expiry in a row of `Table::Slot` or `Table::PlaceEnd`.
pub fn end_from(mut row: Row) -> Result<(StepId, i64)> {
    Ok((step_from(&mut row)?, row.take("ends_at")?))
}

fn step_from(row: &mut Row) -> Result<StepId> {
    Ok(StepId { run: row.take("run_id")?, step: row.take("step_key")? })
}

trait WithStep {
    fn with_step(self, step: &StepId) -> Self;
}

impl WithStep for Row {
    fn with_step(self, step: &StepId) -> Self {
        self.with("run_id", step.run.clone()).with("step_key", step.step.clone())
    }
}
