//! The row of a lease, and of its slots in each pool.

use compact_str::CompactString;

use super::super::model::Grant;
use super::{PoolId, StepId};
use crate::error::Result;
use crate::records::Row;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub step: StepId,
    pub token: i64,
    pub attempt: String,
    /// The process that waited for it, in a store that several processes have open.
    pub process: Option<CompactString>,
    pub claimed_at: i64,
    pub expires_at: i64,
    /// How long it lasts from the last claim or renewal, in milliseconds.
    pub duration: i64,
    pub pools: Vec<(PoolId, i64)>,
}

impl Lease {
    pub const fn is_live(&self, now: i64) -> bool {
        self.expires_at > now
    }

    pub fn held(&self, pool: &PoolId) -> i64 {
        self.pools.iter().find(|(held, _)| held == pool).map_or(0, |(_, slots)| *slots)
    }
}

impl Lease {
    pub fn from_row(mut row: Row) -> Result<Self> {
        let pools: Vec<(CompactString, CompactString, i64)> = row.take("pools")?;
        let (token, run) = (row.take("token")?, row.take("run_id")?);
        let (attempt, process, duration) = (row.take("attempt")?, row.take("process")?, row.take("duration")?);
        Ok(Self {
            step: StepId { run, step: row.take("step_key")? },
            token,
            attempt,
            process,
            claimed_at: row.take("claimed_at")?,
            expires_at: row.take("expires_at")?,
            duration,
            pools: pools.into_iter().map(|(location, pool, slots)| (PoolId { location, pool }, slots)).collect(),
        })
    }

    pub fn to_row(&self) -> Row {
        let pools = self.pools.iter().map(|(id, slots)| (id.location.clone(), id.pool.clone(), *slots));
        Row::new()
            .with("pools", pools.collect::<Vec<_>>())
            .with("token", self.token)
            .with("run_id", self.step.run.clone())
            .with("attempt", self.attempt.as_str())
            .with("process", self.process.clone())
            .with("duration", self.duration)
            .with("step_key", self.step.step.clone())
            .with("claimed_at", self.claimed_at)
            .with("expires_at", self.expires_at)
    }

    pub fn slot_row(&self, slots: i64) -> Row {
        Row::new()
            .with("slots", slots)
            .with("token", self.token)
            .with("run_id", self.step.run.clone())
            .with("ends_at", self.expires_at)
            .with("step_key", self.step.step.clone())
            .with("claimed_at", self.claimed_at)
    }
}

impl Grant {
    /// The grant in the row of a lease, which stays as it is.
    pub fn in_row(row: &Row) -> Option<Self> {
        Some(Self { token: row.int("token")?, expires_at: row.int("expires_at")? })
    }
}
