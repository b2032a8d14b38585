//! Leases that are kept alive.

use super::Findings;
use crate::observer::state::{State, StepName};
use crate::observer::waits::Waits;
use rivers_storage_testing::check::Check;

/// A lease that says that it is live holds its slots, at any time.
pub fn check(waits: &Waits, state: &State, now: i64, findings: &mut Findings) {
    for lease in waits.kept_alive().filter(|lease| lease.is_live()) {
        let grant = lease.grant();
        let step = StepName::new(&grant.run_id, &grant.step_key);
        let live = state.live_lease(&step, now);
        findings.require(Check::LiveLeaseIsLive, live.is_some_and(|live| live.token == grant.token), || {
            format!("{step:?} says that {} is live, and has {live:?}", grant.token)
        });
    }
}
