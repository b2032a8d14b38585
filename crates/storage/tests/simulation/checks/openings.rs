//! What an opening of the store does to its rows.

use super::Findings;
use crate::observer::call::Call;
use crate::observer::commit::Commit;
use crate::observer::state::State;
use rivers_storage_testing::check::Check;

/// It removes the native waits of the process before. Nothing else changes.
pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    if !commit.call.is_some_and(Call::opens) {
        return;
    }
    for (step, lease) in &commit.before.leases {
        let after = commit.after.leases.get(step);
        findings.require(Check::OpeningChangesNothing, after == Some(lease), || {
            format!("{step:?} had {lease:?}, and has {after:?}")
        });
    }
    for (step, waiter) in &commit.before.waiters {
        let after = commit.after.waiters.get(step);
        findings.require(Check::OpeningChangesNothing, waiter.is_native() || after == Some(waiter), || {
            format!("{step:?} had {waiter:?}, and has {after:?}")
        });
    }
}

/// The time is not before that of the process before: if it was closed, the time of the close; if it died, that of its
/// last claims and renewals.
pub fn check_opened(state: &State, now_micros: i64, closed_micros: i64, findings: &mut Findings) {
    let claims = state.leases.values().flat_map(|lease| [lease.claimed_at, lease.expires_at - lease.duration]);
    let times = claims.map(|time| time * 1000).chain(state.waiters.values().map(|waiter| waiter.since_micros));
    let newest_micros = times.max().unwrap_or(0).max(closed_micros);
    findings.require(Check::TimeGoesForward, now_micros >= newest_micros, || {
        format!("opened at {now_micros} us, after {newest_micros} us")
    });
    for (step, waiter) in state.waiters.iter().filter(|(_, waiter)| waiter.is_native()) {
        findings.require(Check::WaitsEnd, false, || format!("{step:?} still waits: {waiter:?}"));
    }
}
