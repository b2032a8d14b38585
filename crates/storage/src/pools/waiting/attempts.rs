//! Attempts under way, and the pools that changed since they began.
//!
//! An attempt decides by the pools as they are at its commit, and its outcome arrives here later. A pool that
//! changed in between would not call the wait, because the wait did not depend on it yet.

use std::collections::BTreeMap;

use super::super::rows::PoolId;
use super::dispatcher::WaitDispatcher;
use super::wait::Wait;

#[derive(Default)]
pub struct Attempts {
    under_way: usize,
    /// The number of the last change.
    last: u64,
    changed: BTreeMap<PoolId, u64>,
}

impl Attempts {
    /// The number of the last change before the attempt.
    const fn begin(&mut self) -> u64 {
        self.under_way += 1;
        self.last
    }

    fn end(&mut self) {
        debug_assert!(self.under_way > 0, "an attempt ends once");
        self.under_way -= 1;
        if self.under_way == 0 {
            self.changed.clear();
        }
    }

    pub fn note(&mut self, pool: &PoolId) {
        if self.under_way > 0 {
            self.last += 1;
            self.changed.insert(pool.clone(), self.last);
        }
    }

    pub fn has_changed_since(&self, pool: &PoolId, since: u64) -> bool {
        self.changed.get(pool).is_some_and(|changed| *changed > since)
    }
}

/// An attempt, until it is dropped.
pub struct Attempt<'d> {
    dispatcher: &'d WaitDispatcher,
    since: u64,
}

impl<'d> Attempt<'d> {
    pub fn begin(dispatcher: &'d WaitDispatcher) -> Self {
        Self { dispatcher, since: dispatcher.registry().attempts.begin() }
    }

    /// The claim is pending. Slots may be reserved for another step, by the state of these pools.
    pub fn pending(&self, wait: &Wait, reserved_by: &[PoolId]) {
        self.dispatcher.reserve(wait, reserved_by, self.since);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.dispatcher.registry().attempts.end();
    }
}
