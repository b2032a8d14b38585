//! Limits are what somebody set, and nothing else changes them.

use rivers_storage::{Code, Error};

use super::{Findings, Promise};
use crate::witness::call::Call;
use crate::witness::commit::Commit;
use crate::witness::queue::Queues;
use crate::witness::state::Pool;

pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    let mut expected = commit.before.pools.clone();
    match commit.call {
        Some(Call::Limit(pool, limit, lease_ms)) => {
            expected.insert(pool.clone(), Pool { limit: *limit, lease_ms: *lease_ms });
        }
        Some(Call::Delete(pool)) => {
            expected.remove(pool);
        }
        _ => {}
    }
    findings.require(Promise::LimitsAreAsSet, commit.after.pools == expected, || {
        format!("{:?} made {:?} of {:?}", commit.call, commit.after.pools, commit.before.pools)
    });
}

/// A pool is not deleted only while somebody holds it or waits for it.
pub fn check_refusal(call: Option<&Call>, queues: Queues<'_>, error: &Error, findings: &mut Findings) {
    if let (Some(Call::Delete(pool)), Code::Conflict) = (call, error.code()) {
        let in_use = queues.state.used(pool, queues.now) > 0 || !queues.queue(pool).is_empty();
        findings.require(Promise::ShownIsEnforced, in_use, || format!("nobody uses {pool:?}: {error:?}"));
    }
}
