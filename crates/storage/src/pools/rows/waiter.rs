//! The row of a pending claim, and of its entry in the queue of each pool.

use compact_str::CompactString;

use super::{PoolId, StepId, WithStep, queue_key, step_from};
use crate::error::Result;
use crate::records::{Key, Row};

/// The rank of a waiter in all its queues. Ascending is first come, first served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    pub minus_priority: i64,
    pub since_micros: i64,
    pub order: i64,
}

/// The expiry of the entries of a native wait: they last as long as their process.
pub const PROCESS_LIFE_MS: i64 = i64::MAX / 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    pub step: StepId,
    pub location: CompactString,
    /// The process that waits, for a native wait.
    pub process: Option<CompactString>,
    /// What another process needs to grant the claim, in a store that several processes have open.
    pub terms: Option<Terms>,
    pub rank: Rank,
    /// When its entries expire. Repeating the claim moves it.
    pub until: i64,
    pub pools: Vec<(CompactString, i64)>,
    /// When the lease that the step holds expires, if it holds one.
    pub holds_until: Option<i64>,
    /// It is counted, but is never the head, because it holds a lease or asks for more than a limit.
    pub ineligible: bool,
}

/// How a claim that waits natively is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub attempt: String,
    pub lease_ms: Option<i64>,
    /// Whether the step's events are stored.
    pub events: bool,
}

impl Terms {
    fn from_row(row: &mut Row) -> Result<Option<Self>> {
        let Some(attempt) = row.take("attempt")? else { return Ok(None) };
        let events = row.take::<Option<bool>>("events")?.is_some();
        Ok(Some(Self { attempt, lease_ms: row.take("duration")?, events }))
    }
}

impl Waiter {
    /// When the queue entry expires, or when its lease ends and it must be ranked again. None if it lasts as long as its process.
    pub fn ends_at(&self) -> Option<i64> {
        let end = self.holds_until.map_or(self.until, |end| end.min(self.until));
        (end < PROCESS_LIFE_MS).then_some(end)
    }

    /// Whether its queue entries equal those of `before`, apart from their expiry.
    pub fn stays(&self, before: &Self) -> bool {
        let Self { until, holds_until, ref process, ref terms, .. } = *before;
        self.holds_until.is_some() == holds_until.is_some()
            && Self { until, holds_until, process: process.clone(), terms: terms.clone(), ..self.clone() } == *before
    }

    pub fn queue_key(&self, id: &PoolId) -> Key {
        queue_key(id, self.ineligible, self.rank, &self.step)
    }

    pub fn pool_ids(&self) -> impl Iterator<Item = (PoolId, i64)> + '_ {
        let id = |pool: &CompactString| PoolId { location: self.location.clone(), pool: pool.clone() };
        self.pools.iter().map(move |(pool, slots)| (id(pool), *slots))
    }
}

/// A waiter's entry in the queue of one pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEntry {
    pub step: StepId,
    pub rank: Rank,
    pub pools: Vec<(CompactString, i64)>,
    pub holds: bool,
    pub ineligible: bool,
    /// How often it was overtaken in this pool while it was the head.
    pub overtaken: i64,
}

impl Rank {
    /// The rank in the row of a waiter, which stays as it is.
    pub fn in_row(row: &Row) -> Option<Self> {
        let (priority, order) = (row.int("priority")?, row.int("order")?);
        Some(Self { minus_priority: -priority, since_micros: row.int("since_micros")?, order })
    }

    fn from_row(row: &mut Row) -> Result<Self> {
        let minus_priority = -row.take::<i64>("priority")?;
        Ok(Self { minus_priority, since_micros: row.take("since_micros")?, order: row.take("order")? })
    }

    fn into_row(self, row: Row) -> Row {
        row.with("priority", -self.minus_priority).with("since_micros", self.since_micros).with("order", self.order)
    }
}

impl Waiter {
    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            step: step_from(&mut row)?,
            location: row.take("location")?,
            process: row.take("process")?,
            terms: Terms::from_row(&mut row)?,
            rank: Rank::from_row(&mut row)?,
            until: row.take("until")?,
            pools: row.take("pools")?,
            holds_until: row.take("holds_until")?,
            ineligible: row.take("aside")?,
        })
    }

    pub fn to_row(&self) -> Row {
        let row = Row::new().with_step(&self.step).with("location", self.location.clone());
        let row = row.with("process", self.process.clone());
        let row = match &self.terms {
            Some(Terms { attempt, lease_ms, events }) => {
                row.with("attempt", attempt.as_str()).with("duration", *lease_ms).with("events", events.then_some(true))
            }
            None => row,
        };
        self.rank
            .into_row(row)
            .with("until", self.until)
            .with("pools", &self.pools)
            .with("holds_until", self.holds_until)
            .with("aside", self.ineligible)
    }

    pub fn entry(&self, overtaken: i64) -> QueueEntry {
        let (step, pools) = (self.step.clone(), self.pools.clone());
        let holds = self.holds_until.is_some();
        QueueEntry { step, rank: self.rank, pools, holds, ineligible: self.ineligible, overtaken }
    }

    pub fn end_row(&self, end: i64) -> Row {
        Row::new().with_step(&self.step).with("ends_at", end).with("until", self.until)
    }
}

impl QueueEntry {
    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            step: step_from(&mut row)?,
            rank: Rank::from_row(&mut row)?,
            pools: row.take("pools")?,
            holds: row.take("holds")?,
            ineligible: row.take("aside")?,
            overtaken: row.take("overtaken")?,
        })
    }

    pub fn to_row(&self) -> Row {
        let row = self.rank.into_row(Row::new().with_step(&self.step));
        row.with("pools", &self.pools)
            .with("holds", self.holds)
            .with("aside", self.ineligible)
            .with("overtaken", self.overtaken)
    }
}
