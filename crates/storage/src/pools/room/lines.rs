//! The lines of those who wait natively, and the pools whose changes they are to be called for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::rows::{PoolId, Rank};
use super::Shape;

/// A place in a line: ascending is first come, first served.
pub type Standing = (Rank, u64);

#[derive(Default)]
pub struct Lines {
    by_shape: BTreeMap<Shape, Line>,
    named: BTreeMap<PoolId, Named>,
    /// Pools that nothing but the room kept for a head depends on.
    keeping: BTreeMap<PoolId, BTreeSet<Shape>>,
    changed: BTreeSet<PoolId>,
}

#[derive(Default)]
struct Line {
    standing: BTreeSet<Standing>,
    /// Of the heads that room is kept for: when they change it may be kept no longer.
    kept_by: BTreeSet<PoolId>,
}

/// A pool that lines name.
struct Named {
    lines: BTreeSet<Shape>,
    /// Nothing in the pool ends before.
    quiet_until: i64,
}

impl Lines {
    pub fn enter(&mut self, shape: &Shape, standing: Standing) {
        if !self.by_shape.contains_key(shape) {
            for (pool, _) in shape.iter() {
                // Nobody knows yet when something ends in a pool that is new here.
                let named = self.named.entry(pool.clone());
                let named = named.or_insert_with(|| Named { lines: BTreeSet::new(), quiet_until: i64::MIN });
                named.lines.insert(Arc::clone(shape));
            }
        }
        self.by_shape.entry(Arc::clone(shape)).or_default().standing.insert(standing);
    }

    pub fn leave(&mut self, shape: &Shape, standing: Standing) {
        let Some(line) = self.by_shape.get_mut(shape) else { return };
        line.standing.remove(&standing);
        if line.standing.is_empty() {
            self.keep(shape, BTreeSet::new());
            self.by_shape.remove(shape);
            for (pool, _) in shape.iter() {
                if let Some(named) = self.named.get_mut(pool) {
                    named.lines.remove(shape);
                    if named.lines.is_empty() {
                        self.named.remove(pool);
                    }
                }
            }
            let Self { named, keeping, .. } = self;
            self.changed.retain(|pool| named.contains_key(pool) || keeping.contains_key(pool));
        }
    }

    pub fn first(&self, shape: &Shape) -> Option<Standing> {
        self.by_shape.get(shape)?.standing.first().copied()
    }

    /// The first of a line was told that room is kept, by what these pools are like.
    pub fn keep(&mut self, shape: &Shape, by: BTreeSet<PoolId>) {
        let Some(line) = self.by_shape.get_mut(shape) else { return };
        let before = std::mem::replace(&mut line.kept_by, by.clone());
        for pool in before.difference(&by) {
            if let Some(lines) = self.keeping.get_mut(pool) {
                lines.remove(shape);
                if lines.is_empty() {
                    self.keeping.remove(pool);
                }
            }
        }
        for pool in by {
            self.keeping.entry(pool).or_default().insert(Arc::clone(shape));
        }
    }

    /// Whether somebody is to be called for that, and was not before.
    pub fn change(&mut self, pool: PoolId) -> bool {
        (self.named.contains_key(&pool) || self.keeping.contains_key(&pool)) && self.changed.insert(pool)
    }

    /// Something in the pool ends at this time: whether that is sooner than what was known.
    pub fn end(&mut self, pool: &PoolId, at: i64) -> bool {
        self.named.get_mut(pool).is_some_and(|named| {
            let sooner = at < named.quiet_until;
            named.quiet_until = named.quiet_until.min(at);
            sooner
        })
    }

    /// The pools that changed or in which something has ended.
    pub fn take_changed(&mut self, now: i64) -> BTreeSet<PoolId> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.extend(self.named.iter().filter(|(_, named)| named.quiet_until <= now).map(|(id, _)| id.clone()));
        changed
    }

    pub fn of(&self, pools: &BTreeSet<PoolId>) -> BTreeSet<Shape> {
        let named = pools.iter().filter_map(|pool| Some(&self.named.get(pool)?.lines));
        let keeping = pools.iter().filter_map(|pool| self.keeping.get(pool));
        named.chain(keeping).flatten().map(Arc::clone).collect()
    }

    /// Whether somebody has to look when something ends in the pool next: what is told of from here on
    /// counts as well as what is found.
    pub fn is_due(&mut self, pool: &PoolId, now: i64) -> bool {
        self.named.get_mut(pool).is_some_and(|named| {
            let is_due = named.quiet_until <= now;
            named.quiet_until = if is_due { i64::MAX } else { named.quiet_until };
            is_due
        })
    }

    /// When something ends in a pool that is named.
    pub fn quiet_until(&self) -> i64 {
        self.named.values().map(|named| named.quiet_until).min().unwrap_or(i64::MAX)
    }
}
