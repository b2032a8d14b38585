//! The commits and events of a seed, line by line. Every run of a seed has the same trace.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::call::{Answered, Call};
use super::state::{Lease, State, Waiter};

#[derive(Default)]
pub struct Trace(pub Vec<String>);

impl Trace {
    pub fn add(&mut self, line: String) {
        self.0.push(line);
    }

    pub fn commit(&mut self, now_micros: i64, call: Option<&Call>, answer: &Answered, before: &State, after: &State) {
        let call = call.map_or_else(|| "the store".to_owned(), |call| format!("{call:?}"));
        let mut line = format!("{} {call} -> {answer:?}", now_micros.div_euclid(1000));
        changes(&mut line, &before.pools, &after.pools, |pool| format!("limit {}", pool.limit));
        changes(&mut line, &before.leases, &after.leases, show_lease);
        changes(&mut line, &before.waiters, &after.waiters, show_waiter);
        self.add(line);
    }
}

/// The attempt is left out: a generated one differs in every run.
fn show_lease(lease: &Lease) -> String {
    format!("lease {} until {} of {:?}", lease.token, lease.expires_at, lease.pools)
}

fn show_waiter(waiter: &Waiter) -> String {
    let Waiter { since_micros, until, pools, holds, ineligible, .. } = waiter;
    let until = if waiter.is_native() { "the end".to_owned() } else { until.to_string() };
    format!("waits since {since_micros} until {until} for {pools:?} holds {holds} ineligible {ineligible}")
}

fn changes<K: Ord + Debug, V: PartialEq>(
    line: &mut String,
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
    show: impl Fn(&V) -> String,
) {
    for (key, value) in after.iter().filter(|(key, value)| before.get(key) != Some(value)) {
        line.extend(["\n    ", &format!("{key:?}: {}", show(value))]);
    }
    for (key, value) in before.iter().filter(|(key, _)| !after.contains_key(key)) {
        line.extend(["\n    ", &format!("{key:?}: no more {}", show(value))]);
    }
}
