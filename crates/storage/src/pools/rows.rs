//! The records of pools, leases and waiters.

mod keys;

use compact_str::CompactString;
pub use keys::{
    all_leases, all_pools, all_waiters, ending_within, lease_key, leases_of, not_ended, place_end_key, place_key,
    pool_key, pools_of, queue_aside, queue_from, slot_key, waiter_key, waiters_of,
};

use crate::error::Result;
use crate::records::{Key, Row};

/// A pool by code location and key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolId {
    pub location: CompactString,
    pub pool: CompactString,
}

/// A step by run and key: what holds and waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId {
    pub run: CompactString,
    pub step: CompactString,
}

impl StepId {
    pub fn new(run: &str, step: &str) -> Self {
        Self { run: run.into(), step: step.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub limit: i64,
    pub lease_ms: i64,
    /// Slots of all leases that have a row here, also of expired ones that were not swept yet.
    pub used: i64,
    /// Waiters that have a row here, likewise.
    pub pending: i64,
    pub last_token: i64,
    /// Nothing that has a row here ends before this time, so until then nobody need look.
    pub quiet_until: i64,
    /// No eligible place in the queue comes before this.
    pub front: Front,
}

impl Pool {
    pub const fn new(limit: i64, lease_ms: i64) -> Self {
        let (used, pending, last_token) = (0, 0, 0);
        Self { limit, lease_ms, used, pending, last_token, quiet_until: i64::MAX, front: Front::NONE }
    }
}

/// Where a search for the head of a queue begins. An engine of sorted files keeps the marks of what
/// was deleted for a while: without it, every search would pass all who ever stood at the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Front {
    pub minus_priority: i64,
    pub since_micros: i64,
}

impl Front {
    /// Of an empty queue.
    pub const NONE: Self = Self { minus_priority: i64::MAX, since_micros: i64::MAX };

    /// Nothing of an empty queue.
    fn stored(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }

    fn from_stored(since_micros: Option<i64>, minus_priority: Option<i64>) -> Self {
        let front = since_micros.zip(minus_priority);
        front.map_or(Self::NONE, |(since_micros, minus_priority)| Self { minus_priority, since_micros })
    }
}

impl From<Rank> for Front {
    fn from(rank: Rank) -> Self {
        Self { minus_priority: rank.minus_priority, since_micros: rank.since_micros }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub step: StepId,
    pub token: i64,
    pub attempt: String,
    pub claimed_at: i64,
    pub expires_at: i64,
    /// How long it was granted for, from the last claim or renewal on.
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

/// The place of a waiter in every queue it stands in: ascending is first come, first served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    pub minus_priority: i64,
    pub since_micros: i64,
    pub order: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    pub step: StepId,
    pub location: CompactString,
    pub rank: Rank,
    /// When its place is lost, unless it asks again.
    pub until: i64,
    pub pools: Vec<(CompactString, i64)>,
    /// When the lease ends that it has already, if it has one.
    pub holds_until: Option<i64>,
    /// It is counted, but it is never the head: it holds, or asks for more than a limit.
    pub aside: bool,
}

impl Waiter {
    /// When its place is lost, or is another one since it no longer holds.
    pub fn ends_at(&self) -> i64 {
        self.holds_until.map_or(self.until, |end| end.min(self.until))
    }

    /// Whether it stands where `before` did.
    pub fn stays(&self, before: &Self) -> bool {
        let Self { until, holds_until, .. } = *before;
        self.holds_until.is_some() == holds_until.is_some() && Self { until, holds_until, ..self.clone() } == *before
    }

    pub fn place_key(&self, id: &PoolId) -> Key {
        place_key(id, self.aside, self.rank, &self.step)
    }

    pub fn pool_ids(&self) -> impl Iterator<Item = (PoolId, i64)> + '_ {
        let id = |pool: &CompactString| PoolId { location: self.location.clone(), pool: pool.clone() };
        self.pools.iter().map(move |(pool, slots)| (id(pool), *slots))
    }
}

/// A waiter's place in the queue of one pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub step: StepId,
    pub rank: Rank,
    pub pools: Vec<(CompactString, i64)>,
    pub holds: bool,
    pub aside: bool,
    /// How often it was overtaken here while it was the head.
    pub overtaken: i64,
}

/// What a row of `Table::Slot` or `Table::PlaceEnd` says of whom and when.
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

impl Rank {
    fn from_row(row: &mut Row) -> Result<Self> {
        let minus_priority = -row.take::<i64>("priority")?;
        Ok(Self { minus_priority, since_micros: row.take("since_micros")?, order: row.take("order")? })
    }

    fn into_row(self, row: Row) -> Row {
        row.with("priority", -self.minus_priority).with("since_micros", self.since_micros).with("order", self.order)
    }
}

impl Pool {
    pub fn from_row(row: &mut Row) -> Result<Self> {
        let (used, pending, lease_ms) = (row.take("used")?, row.take("pending")?, row.take("lease_ms")?);
        Ok(Self {
            used,
            pending,
            lease_ms,
            last_token: row.take("last_token")?,
            limit: row.take("slot_limit")?,
            quiet_until: row.take("quiet_until")?,
            front: Front::from_stored(row.take("front_since_micros")?, row.take("front_minus_priority")?),
        })
    }

    pub fn to_row(&self, id: &PoolId) -> Row {
        Row::new()
            .with("used", self.used)
            .with("pending", self.pending)
            .with("lease_ms", self.lease_ms)
            .with("location", id.location.clone())
            .with("pool_key", id.pool.clone())
            .with("last_token", self.last_token)
            .with("slot_limit", self.limit)
            .with("quiet_until", self.quiet_until)
            .with("front_since_micros", self.front.stored().map(|front| front.since_micros))
            .with("front_minus_priority", self.front.stored().map(|front| front.minus_priority))
    }
}

impl Lease {
    pub fn from_row(mut row: Row) -> Result<Self> {
        let pools: Vec<(CompactString, CompactString, i64)> = row.take("pools")?;
        let (token, run) = (row.take("token")?, row.take("run_id")?);
        let (attempt, duration) = (row.take("attempt")?, row.take("duration")?);
        Ok(Self {
            step: StepId { run, step: row.take("step_key")? },
            token,
            attempt,
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

impl Waiter {
    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            step: step_from(&mut row)?,
            location: row.take("location")?,
            rank: Rank::from_row(&mut row)?,
            until: row.take("until")?,
            pools: row.take("pools")?,
            holds_until: row.take("holds_until")?,
            aside: row.take("aside")?,
        })
    }

    pub fn to_row(&self) -> Row {
        let row = Row::new().with_step(&self.step).with("location", self.location.clone());
        self.rank
            .into_row(row)
            .with("until", self.until)
            .with("pools", &self.pools)
            .with("holds_until", self.holds_until)
            .with("aside", self.aside)
    }

    pub fn place(&self, overtaken: i64) -> Place {
        let (step, pools) = (self.step.clone(), self.pools.clone());
        let holds = self.holds_until.is_some();
        Place { step, rank: self.rank, pools, holds, aside: self.aside, overtaken }
    }

    pub fn end_row(&self) -> Row {
        Row::new().with_step(&self.step).with("ends_at", self.ends_at()).with("until", self.until)
    }
}

impl Place {
    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            step: step_from(&mut row)?,
            rank: Rank::from_row(&mut row)?,
            pools: row.take("pools")?,
            holds: row.take("holds")?,
            aside: row.take("aside")?,
            overtaken: row.take("overtaken")?,
        })
    }

    pub fn to_row(&self) -> Row {
        let row = self.rank.into_row(Row::new().with_step(&self.step));
        row.with("pools", &self.pools)
            .with("holds", self.holds)
            .with("aside", self.aside)
            .with("overtaken", self.overtaken)
    }
}
