//! What a grant gives, by a poll or to a waiter.

use super::Findings;
use crate::observer::commit::{Commit, Granted};
use crate::observer::queue::fits;
use rivers_storage::invariant::Invariant;
use rivers_storage_testing::check::Check;

pub fn check(commit: &Commit<'_>, findings: &mut Findings) {
    let Some(granted) = commit.granted() else { return };
    let step = &granted.asked.step;
    let Some(lease) = commit.after.leases.get(step) else {
        findings.require(Invariant::AllOrNothing, false, || format!("{step:?} was granted and has no lease"));
        return;
    };
    let before = commit.before.live_lease(step, commit.now());

    for (pool, slots) in &granted.asked.pools {
        findings.require(Invariant::AllOrNothing, lease.held(pool) == *slots, || {
            format!("{step:?} was granted {slots} of {pool:?} and holds {}", lease.held(pool))
        });
    }
    for (pool, slots) in &lease.pools {
        let kept = before.map_or(0, |before| before.held(pool));
        let named = granted.asked.wants(pool).is_some();
        findings.require(Invariant::AllOrNothing, named || kept == *slots, || {
            format!("{step:?} holds {slots} of {pool:?}, which is not in its claim")
        });
        let limit = commit.after.limit(pool).unwrap_or(0);
        let others = commit.after.used(pool, commit.now()) - if lease.is_live(commit.now()) { *slots } else { 0 };
        findings.require(Invariant::UseWithinLimit, *slots <= kept || fits(limit, others + slots), || {
            format!("{step:?} holds {slots} of {pool:?}, others hold {others}, the limit is {limit}")
        });
    }
    token(commit, &granted, findings);
    let shortest =
        granted.asked.pools.iter().filter_map(|(pool, _)| Some(commit.before.pools.get(pool)?.lease_ms)).min();
    let duration = granted.asked.lease_ms.or(shortest).unwrap_or(0);
    let times = (lease.claimed_at, lease.expires_at, lease.duration);
    findings.require(Check::DoneAsAsked, times == (commit.now(), commit.now() + duration, duration), || {
        format!("{step:?} claimed at {} for {duration} ms: {lease:?}", commit.now())
    });
}

fn token(commit: &Commit<'_>, granted: &Granted<'_>, findings: &mut Findings) {
    let Granted { asked, token, wait } = granted;
    let step = &asked.step;
    let before = commit.before.live_lease(step, commit.now());
    // A wait without a named attempt gets a generated one.
    let same = |attempt: &str| match &asked.attempt {
        Some(named) => named == attempt,
        None => wait.is_none() && attempt.is_empty(),
    };
    if let Some(before) = before.filter(|before| same(&before.attempt)) {
        findings.require(Invariant::ClaimTwiceIsOneLease, before.token == *token, || {
            format!("{step:?} had {} and has {token} now, by the same attempt", before.token)
        });
        return;
    }
    findings.require(Invariant::TokensIncrease, *token > commit.history.last_token, || {
        format!("{step:?} was granted {token}, after {}", commit.history.last_token)
    });
}
