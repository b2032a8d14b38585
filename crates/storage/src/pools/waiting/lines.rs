//! Lines of native waits, and the pools whose changes call them.
//!
//! Waits with the same demand stand in one line: if the first cannot be granted, no other in the line can.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::rows::{PoolId, Rank};

/// What a claim asks for, in a form in which equal demands are equal.
pub type Demand = Arc<[(PoolId, i64)]>;

pub fn demand_of(pools: impl Iterator<Item = (PoolId, i64)>) -> Demand {
    let mut pools: Vec<_> = pools.collect();
    pools.sort();
    pools.into()
}

/// Ascending is first come, first served.
pub type LinePosition = (Rank, u64);

#[derive(Default)]
pub struct WaitLines {
    by_demand: BTreeMap<Demand, Line>,
    named: BTreeMap<PoolId, NamedPool>,
    /// The lines that are blocked by a reservation which depends on the pool.
    reserving: BTreeMap<PoolId, BTreeSet<Demand>>,
    changed: BTreeSet<PoolId>,
}

#[derive(Default)]
struct Line {
    positions: BTreeSet<LinePosition>,
    /// Pools of the heads that slots are reserved for: a change of one may end the reservation.
    reserved_by: BTreeSet<PoolId>,
}

/// A pool that lines name.
struct NamedPool {
    lines: BTreeSet<Demand>,
    /// No slot and no queue entry of the pool expires before this time.
    next_expiry_hint: i64,
}

impl WaitLines {
    pub fn enter(&mut self, demand: &Demand, position: LinePosition) {
        if !self.by_demand.contains_key(demand) {
            for (pool, _) in demand.iter() {
                // The next expiry is unknown until the first look at the pool.
                let named = self.named.entry(pool.clone());
                let named = named.or_insert_with(|| NamedPool { lines: BTreeSet::new(), next_expiry_hint: i64::MIN });
                named.lines.insert(Arc::clone(demand));
            }
        }
        self.by_demand.entry(Arc::clone(demand)).or_default().positions.insert(position);
    }

    pub fn leave(&mut self, demand: &Demand, position: LinePosition) {
        let Some(line) = self.by_demand.get_mut(demand) else { return };
        line.positions.remove(&position);
        if line.positions.is_empty() {
            self.reserve(demand, BTreeSet::new());
            self.by_demand.remove(demand);
            for (pool, _) in demand.iter() {
                if let Some(named) = self.named.get_mut(pool) {
                    named.lines.remove(demand);
                    if named.lines.is_empty() {
                        self.named.remove(pool);
                    }
                }
            }
            let Self { named, reserving, .. } = self;
            self.changed.retain(|pool| named.contains_key(pool) || reserving.contains_key(pool));
        }
    }

    pub fn first(&self, demand: &Demand) -> Option<LinePosition> {
        self.by_demand.get(demand)?.positions.first().copied()
    }

    /// The first of a line is blocked by a reservation that depends on these pools.
    pub fn reserve(&mut self, demand: &Demand, by: BTreeSet<PoolId>) {
        let Some(line) = self.by_demand.get_mut(demand) else { return };
        let before = std::mem::replace(&mut line.reserved_by, by.clone());
        for pool in before.difference(&by) {
            if let Some(lines) = self.reserving.get_mut(pool) {
                lines.remove(demand);
                if lines.is_empty() {
                    self.reserving.remove(pool);
                }
            }
        }
        for pool in by {
            self.reserving.entry(pool).or_default().insert(Arc::clone(demand));
        }
    }

    /// Notes that the pool changed. True if a line depends on it and the change is the first since `take_changed`.
    pub fn change(&mut self, pool: PoolId) -> bool {
        (self.named.contains_key(&pool) || self.reserving.contains_key(&pool)) && self.changed.insert(pool)
    }

    pub fn change_all(&mut self) {
        self.changed.extend(self.named.keys().chain(self.reserving.keys()).cloned());
    }

    /// A slot or queue entry of the pool expires at this time. True if that is sooner than the known expiry.
    pub fn expire(&mut self, pool: &PoolId, at: i64) -> bool {
        self.named.get_mut(pool).is_some_and(|named| {
            let sooner = at < named.next_expiry_hint;
            named.next_expiry_hint = named.next_expiry_hint.min(at);
            sooner
        })
    }

    /// The pools that changed, or in which a slot or queue entry has expired.
    pub fn take_changed(&mut self, now: i64) -> BTreeSet<PoolId> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.extend(self.named.iter().filter(|(_, named)| named.next_expiry_hint <= now).map(|(id, _)| id.clone()));
        changed
    }

    pub fn of(&self, pools: &BTreeSet<PoolId>) -> BTreeSet<Demand> {
        let named = pools.iter().filter_map(|pool| Some(&self.named.get(pool)?.lines));
        let reserving = pools.iter().filter_map(|pool| self.reserving.get(pool));
        named.chain(reserving).flatten().map(Arc::clone).collect()
    }

    /// Whether the next expiry in the pool has to be looked up. Expiries that commits add from here on count, too.
    pub fn is_due(&mut self, pool: &PoolId, now: i64) -> bool {
        self.named.get_mut(pool).is_some_and(|named| {
            let is_due = named.next_expiry_hint <= now;
            named.next_expiry_hint = if is_due { i64::MAX } else { named.next_expiry_hint };
            is_due
        })
    }

    /// The next expiry in a pool that a line names.
    pub fn next_expiry_hint(&self) -> i64 {
        self.named.values().map(|named| named.next_expiry_hint).min().unwrap_or(i64::MAX)
    }
}
