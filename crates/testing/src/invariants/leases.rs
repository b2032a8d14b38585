//! Promises about what is held.

use std::collections::{BTreeMap, BTreeSet};

use rivers_storage::Code;
use rivers_storage::pools::ClaimStatus;

use super::history::{Answer, Call, Step};
use super::scenes::Scene;
use super::{Checked, holds};

type Check = Box<dyn FnMut(&Scene<'_>) -> Checked>;

/// Whoever has a lease, by its token.
fn leases(scene: &Scene<'_>) -> BTreeSet<(Step, i64)> {
    let holders = scene.after().holders();
    holders.map(|(_, holder)| (Step::new(&holder.run_id, &holder.step_key), holder.token)).collect()
}

pub fn use_is_within_the_limit(scene: &Scene<'_>) -> Checked {
    for (name, pool) in &scene.after().pools {
        let (before, used, limit) = (scene.before.used(name), pool.used(), pool.info.limit.slot_limit);
        holds(used <= before || limit < 0 || used <= limit, || {
            format!("{used} of {limit} slots of {name:?} are held")
        })?;
    }
    Ok(())
}

pub fn tokens_increase() -> Check {
    let mut seen = BTreeSet::new();
    let mut highest = 0;
    Box::new(move |scene| {
        let here = leases(scene);
        for (step, token) in here.difference(&seen) {
            holds(*token > highest, || format!("{step:?} is granted {token} after {highest} was"))?;
        }
        if let Some((claim, grant)) = scene.moment.granted() {
            // It may have expired before it was shown.
            let known = scene.before.lease(&Step::of(claim)).is_some_and(|lease| lease.token == grant.token);
            holds(known || grant.token > highest, || format!("{grant:?} after {highest}"))?;
            highest = highest.max(grant.token);
        }
        let tokens: BTreeSet<i64> = here.difference(&seen).map(|(_, token)| *token).collect();
        let granted = here.difference(&seen).count();
        holds(tokens.len() == granted, || format!("{granted} grants have {tokens:?}"))?;
        highest = tokens.into_iter().fold(highest, i64::max);
        // One that is gone and comes again is a grant like any other.
        seen = here;
        Ok(())
    })
}

/// Of each lease, once it is over for whatever reason.
pub fn expired_leases_stay_dead() -> Check {
    let mut live = BTreeSet::new();
    let mut dead = BTreeSet::new();
    Box::new(move |scene| {
        let now = scene.after().now;
        for (name, holder) in scene.after().holders() {
            holds(holder.lease_expires_at > now, || format!("at {now}, {name:?} still shows {holder:?}"))?;
        }
        let here = leases(scene);
        dead.extend(live.difference(&here).cloned());
        holds(here.is_disjoint(&dead), || format!("{:?} live again", here.intersection(&dead)))?;
        live = here;
        let (Call::Renew { step, .. } | Call::Write { step, .. }) = &scene.moment.call else { return Ok(()) };
        let changed = matches!(scene.moment.answer, Answer::Count(1..) | Answer::Done);
        holds(!changed || scene.before.lease(step).is_some(), || format!("{step:?} had no live lease"))
    })
}

pub fn old_tokens_change_nothing(scene: &Scene<'_>) -> Checked {
    let (step, token) = match &scene.moment.call {
        Call::Free { step, token: Some(token) }
        | Call::Renew { step, token: Some(token), .. }
        | Call::Write { step, token } => (step, *token),
        _ => return Ok(()),
    };
    if scene.before.lease(step).is_some_and(|lease| lease.token == token) {
        return Ok(());
    }
    let refused = matches!(scene.moment.answer, Answer::Count(0) | Answer::Refused(Code::LeaseLost));
    holds(refused, || format!("{token} of {step:?} is not live, and the answer is {:?}", scene.moment.answer))?;
    holds(scene.before == scene.after(), || format!("{token} of {step:?} is not live, and changed what is shown"))
}

pub fn all_or_nothing(scene: &Scene<'_>) -> Checked {
    let (Some(claimant), Answer::Claim(status)) = (&scene.claimant, &scene.moment.answer) else { return Ok(()) };
    for (name, before) in &scene.before.pools {
        let held = scene.after().holder(name, &claimant.step);
        match status {
            ClaimStatus::Pending { .. } => {
                let held_before = scene.before.holder(name, &claimant.step);
                holds(held == held_before, || format!("pending, but {held_before:?} is now {held:?} of {name:?}"))?;
            }
            ClaimStatus::Claimed(grant) if grant.expires_at <= before_now(scene) => {
                holds(held.is_none(), || format!("it has expired, but {held:?} is there"))?;
            }
            ClaimStatus::Claimed(grant) => {
                let asked = claimant.asks_of(name).or_else(|| {
                    before
                        .holders
                        .iter()
                        .any(|holder| is_of(&claimant.step, holder))
                        .then(|| scene.before.held(name, &claimant.step))
                });
                let shown = held.map(|held| (held.slots_consumed, held.token, held.lease_expires_at));
                let granted = asked.map(|slots| (slots, grant.token, grant.expires_at));
                holds(shown == granted, || format!("{granted:?} of {name:?} is granted, {shown:?} is shown"))?;
            }
        }
    }
    Ok(())
}

const fn before_now(scene: &Scene<'_>) -> i64 {
    scene.before.now
}

fn is_of(step: &Step, holder: &rivers_storage::pools::SlotHolder) -> bool {
    holder.run_id == step.run && holder.step_key == step.key
}

pub fn claiming_twice_is_one_lease() -> Check {
    let mut attempts: BTreeMap<Step, String> = BTreeMap::new();
    Box::new(move |scene| {
        let Some((claim, grant)) = scene.moment.granted() else { return Ok(()) };
        let (step, attempt) = (Step::of(claim), claim.attempt.clone().unwrap_or_default());
        if let Some(lease) = scene.before.lease(&step) {
            let same = attempts.get(&step) == Some(&attempt);
            let kept = lease.token == grant.token;
            holds(same == kept, || {
                format!("{step:?} had {}, claims as '{attempt}' and has {}", lease.token, grant.token)
            })?;
        }
        attempts.insert(step.clone(), attempt);
        let shown = scene.after().holders().filter(|(_, holder)| is_of(&step, holder));
        let tokens: BTreeSet<i64> = shown.map(|(_, holder)| holder.token).collect();
        holds(tokens.len() <= 1, || format!("{step:?} has the leases {tokens:?}"))
    })
}
