//! How a claim is decided, and what it is told.

use rivers_storage::pools::ClaimStatus;

use super::{Findings, Promise};
use crate::witness::call::{Answered, Call};
use crate::witness::commit::Commit;
use crate::witness::queue::{Blocked, Expected, Why, fits};

pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    let (Answered::Claim(status), Some(asked)) = (commit.answer, commit.decided()) else { return };
    let Some(expected) = commit.queues().expected(asked, &commit.rank(asked)) else {
        findings.require(Promise::RightErrors, false, || format!("{asked:?} names an unknown pool"));
        return;
    };
    match (status, &expected) {
        (ClaimStatus::Claimed(_), Expected::Granted { .. }) => {}
        (ClaimStatus::Claimed(_), Expected::Pending { blocked, .. }) => {
            for blocked in blocked {
                let promise = match blocked.why {
                    Why::Full => Promise::UseWithinLimit,
                    Why::KeptForHead => Promise::NoInversion,
                    Why::KeptForOvertaken => Promise::BoundedOvertaking,
                };
                findings.require(promise, false, || format!("{:?} was granted: {blocked:?}", asked.step));
            }
        }
        (ClaimStatus::Pending { reason, .. }, Expected::Granted { .. }) => {
            findings.require(Promise::WorkConserving, false, || format!("{asked:?} must wait: {reason:?}"));
        }
        (ClaimStatus::Pending { position, reason }, Expected::Pending { blocked, position: exact }) => {
            let shown = shown(blocked);
            let told: Vec<_> =
                reason.pools.iter().map(|pool| (pool.pool_key.as_str(), pool.claimed, pool.limit)).collect();
            findings
                .require(Promise::ShownIsEnforced, told == shown, || format!("{told:?} is told, {blocked:?} is so"));
            let flags = (reason.unsatisfiable, reason.reserved);
            findings.require(Promise::ShownIsEnforced, flags == told_flags(blocked), || {
                format!("unsatisfiable and reserved: {flags:?} is told, {blocked:?} is so")
            });
            if matches!(commit.call, Some(Call::Claim(_))) {
                findings.require(Promise::ExactPosition, position == exact, || {
                    format!("{:?} is told {position} and has {exact}", asked.step)
                });
            }
        }
    }
    no_dead_are_left(commit, findings);
}

/// In the order of the claim.
pub fn shown(blocked: &[Blocked]) -> Vec<(&str, i64, i64)> {
    blocked.iter().map(|blocked| (blocked.pool.pool.as_str(), blocked.used, blocked.limit)).collect()
}

/// Unsatisfiable, and reserved.
pub fn told_flags(blocked: &[Blocked]) -> (bool, bool) {
    let never = blocked.iter().any(|blocked| !fits(blocked.limit, blocked.slots));
    (never, blocked.iter().all(|blocked| blocked.why != Why::Full))
}

/// A claim removes what has ended in its pools.
fn no_dead_are_left(commit: &Commit<'_>, findings: &mut Findings) {
    let Some(asked) = commit.decided() else { return };
    for (step, waiter) in commit.after.waiters.iter().filter(|(_, waiter)| !waiter.is_live(commit.now())) {
        let met = asked.pools.iter().find(|(pool, _)| waiter.wants(pool).is_some());
        findings.require(Promise::DeadWaitersVanish, met.is_none(), || {
            format!("{step:?} waited until {}, and still stands in {met:?}", waiter.until)
        });
    }
}
