//! Leases that keep themselves.

use super::{Findings, Promise};
use crate::witness::state::{State, StepName};
use crate::witness::waits::Waits;

/// Whoever is told that a lease is live can rely on it, at any time.
pub fn check(waits: &Waits, state: &State, now: i64, findings: &mut Findings) {
    for lease in waits.kept().filter(|lease| lease.is_live()) {
        let grant = lease.grant();
        let step = StepName { run: grant.run_id.clone(), step: grant.step_key.clone() };
        let live = state.live_lease(&step, now);
        findings.require(Promise::LiveIsTrue, live.is_some_and(|live| live.token == grant.token), || {
            format!("{step:?} believes that it has {}, and has {live:?}", grant.token)
        });
    }
}
