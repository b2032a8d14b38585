//! How a claim is decided and answered.

use rivers_storage::invariant::Invariant;
use rivers_storage::pools::ClaimStatus;
use rivers_storage_testing::check::Check;

use super::Findings;
use crate::observer::call::{Answered, Call};
use crate::observer::commit::Commit;
use crate::observer::queue::{Blocked, Expected, Why, fits};

pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    let (Answered::Claim(status), Some(asked)) = (commit.answer, commit.decided()) else { return };
    let Some(expected) = commit.queues().expected(asked, &commit.rank(asked)) else {
        findings.require(Check::DocumentedErrors, false, || format!("{asked:?} names an unknown pool"));
        return;
    };
    match (status, &expected) {
        (ClaimStatus::Claimed(_), Expected::Granted { .. }) => {}
        (ClaimStatus::Claimed(_), Expected::Pending { blocked, .. }) => {
            for blocked in blocked {
                let invariant = match blocked.why {
                    Why::Full => Invariant::UseWithinLimit,
                    Why::ReservedForHead => Invariant::NoInversion,
                    Why::ReservedForOvertaken => Invariant::BoundedOvertaking,
                };
                findings.require(invariant, false, || format!("{:?} was granted: {blocked:?}", asked.step));
            }
        }
        (ClaimStatus::Pending { reason, .. }, Expected::Granted { .. }) => {
            findings.require(Invariant::WorkConserving, false, || format!("{asked:?} must wait: {reason:?}"));
        }
        (ClaimStatus::Pending { position, reason }, Expected::Pending { blocked, position: exact }) => {
            let shown = shown(blocked);
            let answered: Vec<_> =
                reason.pools.iter().map(|pool| (pool.pool_key.as_str(), pool.claimed, pool.limit)).collect();
            findings.require(Invariant::ShownIsEnforced, answered == shown, || {
                format!("{answered:?} is answered, {blocked:?} is right")
            });
            let flags = (reason.unsatisfiable, reason.reserved);
            findings.require(Invariant::ShownIsEnforced, flags == reason_flags(blocked), || {
                format!("unsatisfiable and reserved: {flags:?} is answered, {blocked:?} is right")
            });
            if matches!(commit.call, Some(Call::Claim(_))) {
                findings.require(Invariant::ExactPosition, position == exact, || {
                    format!("{:?} is answered {position} and has {exact}", asked.step)
                });
            }
        }
    }
    no_expired_entry_is_left(commit, findings);
}

/// In the order of the claim.
pub fn shown(blocked: &[Blocked]) -> Vec<(&str, i64, i64)> {
    blocked.iter().map(|blocked| (blocked.pool.key.as_str(), blocked.used, blocked.limit)).collect()
}

/// Unsatisfiable, and reserved.
pub fn reason_flags(blocked: &[Blocked]) -> (bool, bool) {
    let never = blocked.iter().any(|blocked| !fits(blocked.limit, blocked.slots));
    (never, blocked.iter().all(|blocked| blocked.why != Why::Full))
}

/// A claim removes the expired entries of its pools.
fn no_expired_entry_is_left(commit: &Commit<'_>, findings: &mut Findings) {
    let Some(asked) = commit.decided() else { return };
    for (step, waiter) in commit.after.waiters.iter().filter(|(_, waiter)| !waiter.is_live(commit.now())) {
        let queued = asked.pools.iter().find(|(pool, _)| waiter.wants(pool).is_some());
        findings.require(Invariant::DeadWaitersVanish, queued.is_none(), || {
            format!("{step:?} waited until {}, and is still queued in {queued:?}", waiter.until)
        });
    }
}
