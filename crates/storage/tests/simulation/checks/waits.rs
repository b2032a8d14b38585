//! Native waits, when all tasks are idle.

use rivers_storage::invariant::Invariant;
use rivers_storage_testing::check::Check;
use std::collections::BTreeSet;

use super::Findings;
use crate::observer::queue::{Expected, Queues};
use crate::observer::state::StepName;
use crate::observer::waits::Waits;

pub fn check(waits: &Waits, queues: Queues<'_>, findings: &mut Findings) {
    let mut waiting: BTreeSet<&StepName> = BTreeSet::new();
    for wait in waits.all() {
        let asked = &wait.asked;
        let late = wait.deadline.is_some_and(|deadline| deadline <= queues.now);
        let over = late || wait.cancelled_by_caller || waits.closed || waits.is_cancelled(&asked.step);
        findings.require(Check::WaitsEnd, !over, || {
            format!("{:?} still waits: cancelled {}, until {:?}", asked.step, wait.cancelled_by_caller, wait.deadline)
        });
        let waiter = queues.state.waiters.get(&asked.step);
        findings.require(Check::WaitsEnd, waiter.is_some(), || format!("{:?} waits in no queue", asked.step));
        let rank = queues.rank_of(&asked.step).unwrap_or_else(|| queues.rank_of_claim(asked, queues.now * 1000));
        let expected = queues.expected(asked, &rank);
        findings.require(Invariant::NoLostWakeUp, !matches!(expected, Some(Expected::Granted { .. })), || {
            format!("{:?} would be granted {:?} if it asked", asked.step, asked.pools)
        });
        waiting.insert(&asked.step);
    }
    for (step, token) in waits.abandoned_grants() {
        let lease = queues.state.live_lease(step, queues.now).filter(|lease| lease.token == token);
        findings.require(Check::WaitsEnd, lease.is_none(), || format!("{step:?} left {lease:?} behind"));
    }
    for (step, _) in queues.state.waiters.iter().filter(|(_, waiter)| waiter.is_native()) {
        findings.require(Check::WaitsEnd, waiting.contains(step), || format!("{step:?} left a queue entry behind"));
    }
}
