//! A release freed what its answer says.

use super::Findings;
use crate::observer::call::{Answered, Call};
use crate::observer::commit::Commit;
use crate::observer::state::Lease;
use rivers_storage::invariant::Invariant;
use rivers_storage_testing::check::Check;

pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    let (Some(call), Answered::Count(freed)) = (commit.call, commit.answer) else { return };
    let now = commit.now();
    let slots = |lease: &Lease| lease.pools.len();
    let live = |lease: &&Lease| lease.is_live(now);
    let leases = &commit.before.leases;
    let (check, expected) = match call {
        Call::Free(step, None) => (Check::DoneAsAsked, leases.get(step).filter(live).map_or(0, slots)),
        Call::Free(step, Some(token)) => {
            let lease = leases.get(step).filter(live).filter(|lease| lease.token == *token);
            (Invariant::OldTokensChangeNothing.into(), lease.map_or(0, slots))
        }
        Call::FreeRun(run) => {
            let of_run = leases.iter().filter(|(step, lease)| step.run == *run && live(lease));
            (Check::DoneAsAsked, of_run.map(|(_, lease)| slots(lease)).sum())
        }
        Call::Sweep => {
            let gone = leases.iter().filter(|(step, _)| !commit.after.leases.contains_key(step));
            (Check::DoneAsAsked, gone.map(|(_, lease)| slots(lease)).sum())
        }
        _ => return,
    };
    findings.require(check, *freed == expected, || format!("{call:?} freed {freed} slots, not {expected}"));
}
