//! What a release says that it freed.

use super::{Findings, Promise};
use crate::witness::call::{Answered, Call};
use crate::witness::commit::Commit;
use crate::witness::state::Lease;

pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    let (Some(call), Answered::Count(freed)) = (commit.call, commit.answer) else { return };
    let now = commit.now();
    let slots = |lease: &Lease| lease.pools.len();
    let live = |lease: &&Lease| lease.is_live(now);
    let leases = &commit.before.leases;
    let (promise, expected) = match call {
        Call::Free(step, None) => (Promise::ShownIsEnforced, leases.get(step).filter(live).map_or(0, slots)),
        Call::Free(step, Some(token)) => {
            let lease = leases.get(step).filter(live).filter(|lease| lease.token == *token);
            (Promise::OldTokensChangeNothing, lease.map_or(0, slots))
        }
        Call::FreeRun(run) => {
            let of_run = leases.iter().filter(|(step, lease)| step.run == *run && live(lease));
            (Promise::ShownIsEnforced, of_run.map(|(_, lease)| slots(lease)).sum())
        }
        Call::Sweep => {
            let gone = leases.iter().filter(|(step, _)| !commit.after.leases.contains_key(step));
            (Promise::ShownIsEnforced, gone.map(|(_, lease)| slots(lease)).sum())
        }
        _ => return,
    };
    findings.require(promise, *freed == expected, || format!("{call:?} freed {freed} slots, not {expected}"));
}
