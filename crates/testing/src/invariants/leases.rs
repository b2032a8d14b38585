//! Checks of what is held.

use std::collections::{BTreeMap, BTreeSet};

use rivers_storage::Code;
use rivers_storage::pools::ClaimStatus;

use super::history::{Call, Reply, StepName};
use super::transitions::Transition;
use super::{Checked, Checker, require};

/// The step and the token of each live lease.
fn leases(transition: &Transition<'_>) -> BTreeSet<(StepName, i64)> {
    let holders = transition.after().holders();
    holders.map(|(_, holder)| (StepName::new(&holder.run_id, &holder.step_key), holder.token)).collect()
}

pub fn use_is_within_the_limit(transition: &Transition<'_>) -> Checked {
    for (name, pool) in &transition.after().pools {
        let (before, used, limit) = (transition.before.used(name), pool.used(), pool.info.limit.slot_limit);
        require(used <= before || limit < 0 || used <= limit, || {
            format!("{used} of {limit} slots of {name:?} are held")
        })?;
    }
    Ok(())
}

pub fn tokens_increase() -> Checker {
    let mut seen = BTreeSet::new();
    let mut highest = 0;
    Box::new(move |transition| {
        let here = leases(transition);
        for (step, token) in here.difference(&seen) {
            require(*token > highest, || format!("{step:?} is granted {token} after {highest} was"))?;
        }
        if let Some((claim, grant)) = transition.observation.granted() {
            // The lease may have expired before the look.
            let known = transition.before.lease(&StepName::of(claim)).is_some_and(|lease| lease.token == grant.token);
            require(known || grant.token > highest, || format!("{grant:?} after {highest}"))?;
            highest = highest.max(grant.token);
        }
        let tokens: BTreeSet<i64> = here.difference(&seen).map(|(_, token)| *token).collect();
        let granted = here.difference(&seen).count();
        require(tokens.len() == granted, || format!("{granted} grants have {tokens:?}"))?;
        highest = tokens.into_iter().fold(highest, i64::max);
        // A lease that went and came back is checked like a new grant.
        seen = here;
        Ok(())
    })
}

/// A lease that ended, for whatever reason, is never shown or changed again.
pub fn expired_leases_stay_dead() -> Checker {
    let mut live = BTreeSet::new();
    let mut dead = BTreeSet::new();
    Box::new(move |transition| {
        let now = transition.after().now;
        for (name, holder) in transition.after().holders() {
            require(holder.lease_expires_at > now, || format!("at {now}, {name:?} still shows {holder:?}"))?;
        }
        let here = leases(transition);
        dead.extend(live.difference(&here).cloned());
        require(here.is_disjoint(&dead), || format!("{:?} live again", here.intersection(&dead)))?;
        live = here;
        let (Call::Renew { step, .. } | Call::Write { step, .. }) = &transition.observation.call else { return Ok(()) };
        let changed = matches!(transition.observation.reply, Reply::Count(1..) | Reply::Done);
        require(!changed || transition.before.lease(step).is_some(), || format!("{step:?} had no live lease"))
    })
}

pub fn old_tokens_change_nothing(transition: &Transition<'_>) -> Checked {
    let (step, token) = match &transition.observation.call {
        Call::Free { step, token: Some(token) }
        | Call::Renew { step, token: Some(token), .. }
        | Call::Write { step, token } => (step, *token),
        _ => return Ok(()),
    };
    if transition.before.lease(step).is_some_and(|lease| lease.token == token) {
        return Ok(());
    }
    let refused = matches!(transition.observation.reply, Reply::Count(0) | Reply::Refused(Code::LeaseLost));
    require(refused, || {
        format!("{token} of {step:?} is not live, and the reply is {:?}", transition.observation.reply)
    })?;
    require(transition.before == transition.after(), || {
        format!("{token} of {step:?} is not live, and changed what is shown")
    })
}

pub fn all_or_nothing(transition: &Transition<'_>) -> Checked {
    let (Some(claimant), Reply::Claim(status)) = (&transition.claimant, &transition.observation.reply) else {
        return Ok(());
    };
    for (name, before) in &transition.before.pools {
        let held = transition.after().holder(name, &claimant.step);
        match status {
            ClaimStatus::Pending { .. } => {
                let held_before = transition.before.holder(name, &claimant.step);
                require(held == held_before, || format!("pending, but {held_before:?} is now {held:?} of {name:?}"))?;
            }
            ClaimStatus::Claimed(grant) if grant.expires_at <= before_now(transition) => {
                require(held.is_none(), || format!("it has expired, but {held:?} is there"))?;
            }
            ClaimStatus::Claimed(grant) => {
                let asked = claimant.slots_of(name).or_else(|| {
                    before
                        .holders
                        .iter()
                        .any(|holder| is_of(&claimant.step, holder))
                        .then(|| transition.before.held(name, &claimant.step))
                });
                let shown = held.map(|held| (held.slots_consumed, held.token, held.lease_expires_at));
                let granted = asked.map(|slots| (slots, grant.token, grant.expires_at));
                require(shown == granted, || format!("{granted:?} of {name:?} is granted, {shown:?} is shown"))?;
            }
        }
    }
    Ok(())
}

const fn before_now(transition: &Transition<'_>) -> i64 {
    transition.before.now
}

fn is_of(step: &StepName, holder: &rivers_storage::pools::SlotHolder) -> bool {
    holder.run_id == step.run && holder.step_key == step.key
}

pub fn claiming_twice_is_one_lease() -> Checker {
    let mut attempts: BTreeMap<StepName, String> = BTreeMap::new();
    Box::new(move |transition| {
        let Some((claim, grant)) = transition.observation.granted() else { return Ok(()) };
        let (step, attempt) = (StepName::of(claim), claim.attempt.clone().unwrap_or_default());
        if let Some(lease) = transition.before.lease(&step) {
            let same = attempts.get(&step) == Some(&attempt);
            let kept = lease.token == grant.token;
            require(same == kept, || {
                format!("{step:?} had {}, claims as '{attempt}' and has {}", lease.token, grant.token)
            })?;
        }
        attempts.insert(step.clone(), attempt);
        let shown = transition.after().holders().filter(|(_, holder)| is_of(&step, holder));
        let tokens: BTreeSet<i64> = shown.map(|(_, holder)| holder.token).collect();
        require(tokens.len() <= 1, || format!("{step:?} has the leases {tokens:?}"))
    })
}
