//! What an opening of the store does to what is in it.

use super::{Findings, Promise};
use crate::witness::call::Call;
use crate::witness::commit::Commit;
use crate::witness::state::State;

/// Those who waited in the process that is gone wait no longer. All else is as it was.
pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    if !commit.call.is_some_and(Call::opens) {
        return;
    }
    for (step, lease) in &commit.before.leases {
        let after = commit.after.leases.get(step);
        findings.require(Promise::OpeningsChangeNothing, after == Some(lease), || {
            format!("{step:?} had {lease:?}, and has {after:?}")
        });
    }
    for (step, waiter) in &commit.before.waiters {
        let after = commit.after.waiters.get(step);
        findings.require(Promise::OpeningsChangeNothing, waiter.is_native() || after == Some(waiter), || {
            format!("{step:?} had {waiter:?}, and has {after:?}")
        });
    }
}

/// When the store is open: time is not before what the last process has left behind. One that was closed left
/// the time of its end, one that crashed that of its last claims and renewals.
pub fn check_opened(state: &State, now_micros: i64, closed_micros: i64, findings: &mut Findings) {
    let claims = state.leases.values().flat_map(|lease| [lease.claimed_at, lease.expires_at - lease.duration]);
    let times = claims.map(|time| time * 1000).chain(state.waiters.values().map(|waiter| waiter.since_micros));
    let newest_micros = times.max().unwrap_or(0).max(closed_micros);
    findings.require(Promise::TimeGoesForward, now_micros >= newest_micros, || {
        format!("opened at {now_micros} us, after {newest_micros} us")
    });
    for (step, waiter) in state.waiters.iter().filter(|(_, waiter)| waiter.is_native()) {
        findings.require(Promise::WaitsEnd, false, || format!("{step:?} still waits: {waiter:?}"));
    }
}
