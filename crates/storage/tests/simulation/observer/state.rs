//! Pools, leases and waiters, read from their rows.

use std::collections::BTreeMap;

use rivers_storage::records::{Key, Row, Table};
use rivers_storage_testing::rows::{field, text};

pub use rivers_storage_testing::invariants::{PoolName, StepName};

/// Slots by pool: of a claim or of a lease.
pub type Slots = Vec<(PoolName, i64)>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub limit: i64,
    pub lease_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub token: i64,
    pub attempt: String,
    pub claimed_at: i64,
    pub expires_at: i64,
    pub duration: i64,
    pub pools: BTreeMap<PoolName, i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    pub location: String,
    pub since_micros: i64,
    pub order: i64,
    pub until: i64,
    pub pools: Slots,
    pub holds: bool,
    pub ineligible: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub pools: BTreeMap<PoolName, Pool>,
    pub leases: BTreeMap<StepName, Lease>,
    pub waiters: BTreeMap<StepName, Waiter>,
}

impl State {
    pub fn of(rows: &BTreeMap<Key, Row>) -> Self {
        let mut state = Self::default();
        for (key, row) in rows {
            match key.table {
                Table::Pool => drop(state.pools.insert(pool_name(key), pool(row))),
                Table::Lease => drop(state.leases.insert(step_name(key), lease(row))),
                Table::Waiter => drop(state.waiters.insert(step_name(key), waiter(row))),
                _ => {}
            }
        }
        state
    }

    pub fn live_lease(&self, step: &StepName, now: i64) -> Option<&Lease> {
        self.leases.get(step).filter(|lease| lease.is_live(now))
    }

    /// The slots of live leases in the pool.
    pub fn used(&self, pool: &PoolName, now: i64) -> i64 {
        self.leases.values().filter(|lease| lease.is_live(now)).map(|lease| lease.held(pool)).sum()
    }

    pub fn limit(&self, pool: &PoolName) -> Option<i64> {
        self.pools.get(pool).map(|pool| pool.limit)
    }
}

impl Lease {
    pub const fn is_live(&self, now: i64) -> bool {
        self.expires_at > now
    }

    pub fn held(&self, pool: &PoolName) -> i64 {
        self.pools.get(pool).copied().unwrap_or(0)
    }
}

impl Waiter {
    pub const fn is_live(&self, now: i64) -> bool {
        self.until > now
    }

    /// The entry of a native wait never expires.
    pub const fn is_native(&self) -> bool {
        self.until > 1 << 60
    }

    pub fn wants(&self, pool: &PoolName) -> Option<i64> {
        self.pools.iter().find(|(wanted, _)| wanted == pool).map(|(_, slots)| *slots)
    }
}

fn pool(row: &Row) -> Pool {
    Pool { limit: field(row, "slot_limit"), lease_ms: field(row, "lease_ms") }
}

fn lease(row: &Row) -> Lease {
    let pools: Vec<(String, String, i64)> = field(row, "pools");
    Lease {
        token: field(row, "token"),
        attempt: field(row, "attempt"),
        claimed_at: field(row, "claimed_at"),
        expires_at: field(row, "expires_at"),
        duration: field(row, "duration"),
        pools: pools.into_iter().map(|(location, key, slots)| (PoolName { location, key }, slots)).collect(),
    }
}

fn waiter(row: &Row) -> Waiter {
    let location: String = field(row, "location");
    let pools: Vec<(String, i64)> = field(row, "pools");
    let name = |key| PoolName { location: location.clone(), key };
    Waiter {
        since_micros: field(row, "since_micros"),
        order: field(row, "order"),
        until: field(row, "until"),
        pools: pools.into_iter().map(|(pool, slots)| (name(pool), slots)).collect(),
        holds: field::<Option<i64>>(row, "holds_until").is_some(),
        ineligible: field(row, "aside"),
        location,
    }
}

fn pool_name(key: &Key) -> PoolName {
    PoolName { location: text(key, 0), key: text(key, 1) }
}

fn step_name(key: &Key) -> StepName {
    StepName { run: text(key, 0), key: text(key, 1) }
}
