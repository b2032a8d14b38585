//! A call changes only the lease of its own step, and only while the grant that it names is live.

use rivers_storage::invariant::Invariant;
use rivers_storage::{Code, Error};
use rivers_storage_testing::check::Check;

use super::Findings;
use crate::observer::call::{Answered, Call};
use crate::observer::commit::Commit;
use crate::observer::history::History;
use crate::observer::state::{Lease, State, StepName};

pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    // During an opening the clock may still be that of the machine, which may have been set back. `opened` checks these
    // leases once the clock has caught up.
    if !commit.call.is_some_and(Call::opens) {
        check_ended(commit.after, commit.history, commit.now(), findings);
    }
    for (step, lease) in &commit.after.leases {
        if !commit.before.leases.contains_key(step) {
            findings.require(Check::OnlyOwnLeaseChanges, commit.is_granted(step), || format!("{step:?} got {lease:?}"));
        }
    }
    for (step, lease) in &commit.before.leases {
        let after = commit.after.leases.get(step);
        if after != Some(lease) {
            changed(commit, step, lease, after, findings);
        }
    }
    if let Some(Call::Event(step, token)) = commit.call {
        let live = is_live(commit.before, step, *token, commit.now());
        findings.require(Invariant::OldTokensChangeNothing, live, || format!("{step:?} stored an event by {token}"));
    }
    renewal(commit, findings);
}

/// No grant that has ended is live again.
pub fn check_ended(state: &State, history: &History, now: i64, findings: &mut Findings) {
    for (step, lease) in state.leases.iter().filter(|(_, lease)| lease.is_live(now)) {
        let ended = history.has_ended(step, lease.token);
        findings.require(Invariant::ExpiredStaysDead, !ended, || format!("{step:?} has {lease:?} again"));
    }
}

fn changed(commit: &Commit<'_>, step: &StepName, lease: &Lease, after: Option<&Lease>, findings: &mut Findings) {
    let fenced_off = match commit.call {
        Some(Call::Renew(of, Some(token)) | Call::Free(of, Some(token))) => of == step && *token != lease.token,
        _ => false,
    };
    if !lease.is_live(commit.now()) {
        // Any call may remove an expired lease.
        return;
    }
    findings.require(Invariant::OldTokensChangeNothing, !fenced_off, || {
        format!("{:?} changed {lease:?} of {step:?} to {after:?}", commit.call)
    });
    let same_grant = after.is_some_and(|after| after.token == lease.token && after.pools == lease.pools);
    let may = match commit.call {
        Some(Call::Free(of, _)) => of == step && after.is_none(),
        Some(Call::FreeRun(run)) => step.run == *run && after.is_none(),
        Some(Call::Renew(of, _)) => of == step && same_grant,
        Some(Call::Open) => same_grant,
        None => same_grant || (commit.waits.is_abandoned(step) && after.is_none()),
        _ => false,
    };
    findings.require(Check::OnlyOwnLeaseChanges, may || commit.is_granted(step), || {
        format!("{:?} changed {lease:?} of {step:?} to {after:?}", commit.call)
    });
}

/// A renewal did what its answer says.
fn renewal(commit: &Commit<'_>, findings: &mut Findings) {
    let (Some(Call::Renew(step, token)), Answered::Renewal(renewal)) = (commit.call, commit.answer) else { return };
    let before = commit.before.leases.get(step);
    let live = before.filter(|lease| lease.is_live(commit.now()));
    let Some(renewal) = renewal else {
        let right = live.is_none_or(|lease| token.is_some_and(|token| token != lease.token));
        findings.require(Check::DocumentedErrors, right, || format!("{step:?} could not renew {live:?} by {token:?}"));
        return;
    };
    findings.require(Invariant::ExpiredStaysDead, live.is_some(), || {
        format!("{step:?} renewed {before:?} at {}", commit.now())
    });
    let named = before.is_some_and(|lease| token.is_none_or(|token| token == lease.token));
    findings.require(Invariant::OldTokensChangeNothing, named, || format!("{step:?} renewed {before:?} by {token:?}"));
    let renewed = commit.after.leases.get(step).map(|lease| (lease.pools.len(), lease.expires_at));
    findings.require(Check::DoneAsAsked, renewed == Some((renewal.slots, renewal.expires_at)), || {
        format!("{step:?} was answered {renewal:?}, and has {renewed:?}")
    });
}

/// A fenced event is refused only if its grant has ended.
pub fn check_refusal(call: Option<&Call>, seen: &State, now: i64, error: &Error, findings: &mut Findings) {
    if let (Some(Call::Event(step, token)), Code::LeaseLost) = (call, error.code()) {
        let live = is_live(seen, step, *token, now);
        findings.require(Check::DocumentedErrors, !live, || format!("{step:?} was refused by {token}, which is live"));
    }
}

fn is_live(state: &State, step: &StepName, token: i64, now: i64) -> bool {
    state.live_lease(step, now).is_some_and(|lease| lease.token == token)
}
