//! Only a call that sets a limit changes it.

use rivers_storage::invariant::Invariant;
use rivers_storage::{Code, Error};
use rivers_storage_testing::check::Check;

use super::Findings;
use crate::observer::call::Call;
use crate::observer::commit::Commit;
use crate::observer::queue::Queues;
use crate::observer::state::Pool;

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
    findings.require(Check::LimitsAreAsSet, commit.after.pools == expected, || {
        format!("{:?} made {:?} of {:?}", commit.call, commit.after.pools, commit.before.pools)
    });
}

/// The deletion of a pool is refused only while it has holders or waiters.
pub fn check_refusal(call: Option<&Call>, queues: Queues<'_>, error: &Error, findings: &mut Findings) {
    if let (Some(Call::Delete(pool)), Code::Conflict) = (call, error.code()) {
        let in_use = queues.state.used(pool, queues.now) > 0 || !queues.queue(pool).is_empty();
        findings.require(Invariant::ShownIsEnforced, in_use, || format!("{pool:?} is unused: {error:?}"));
    }
}
