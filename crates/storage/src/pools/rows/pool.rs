//! The row of a pool.

use super::{PoolId, Rank};
use crate::error::Result;
use crate::records::Row;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub limit: i64,
    pub lease_ms: i64,
    /// Slots of all leases that have a row. It includes expired leases until a sweep removes them.
    pub used: i64,
    /// Entries in the queue. It includes expired entries until a sweep removes them.
    pub pending: i64,
    pub last_token: i64,
    /// No slot and no queue entry of the pool expires before this time, so no sweep is needed before it.
    pub next_expiry_hint: i64,
    /// No eligible queue entry is before this.
    pub head_hint: HeadHint,
}

impl Pool {
    pub const fn new(limit: i64, lease_ms: i64) -> Self {
        let (used, pending, last_token) = (0, 0, 0);
        Self { limit, lease_ms, used, pending, last_token, next_expiry_hint: i64::MAX, head_hint: HeadHint::NONE }
    }
}

/// Where a search for the head of a queue begins. An engine of sorted files keeps marks of deleted rows for some time:
/// without the hint, each search would pass the marks of all former heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadHint {
    pub minus_priority: i64,
    pub since_micros: i64,
}

impl HeadHint {
    /// The hint of an empty queue.
    pub const NONE: Self = Self { minus_priority: i64::MAX, since_micros: i64::MAX };

    /// None for an empty queue.
    fn stored(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }

    fn from_stored(since_micros: Option<i64>, minus_priority: Option<i64>) -> Self {
        let head_hint = since_micros.zip(minus_priority);
        head_hint.map_or(Self::NONE, |(since_micros, minus_priority)| Self { minus_priority, since_micros })
    }
}

impl From<Rank> for HeadHint {
    fn from(rank: Rank) -> Self {
        Self { minus_priority: rank.minus_priority, since_micros: rank.since_micros }
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
            next_expiry_hint: row.take("quiet_until")?,
            head_hint: HeadHint::from_stored(row.take("front_since_micros")?, row.take("front_minus_priority")?),
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
            .with("quiet_until", self.next_expiry_hint)
            .with("front_since_micros", self.head_hint.stored().map(|head_hint| head_hint.since_micros))
            .with("front_minus_priority", self.head_hint.stored().map(|head_hint| head_hint.minus_priority))
    }
}
