//! Checks of the queues.

use rivers_storage::pools::{BlockReason, ClaimStatus, SlotWaiter};

use super::history::{Call, PoolName, Reply, StepName};
use super::shown::Shown;
use super::transitions::Transition;
use super::{Checked, require};

/// A grant takes no slots from a head that fits, and queues are shown by priority and then by time.
pub fn no_inversion(transition: &Transition<'_>) -> Checked {
    if transition.observation.granted().is_some() {
        for (claimant, pool, more) in transition.wanted() {
            if let Some(head) = transition.head_before(claimant, pool, more) {
                let is_taken = head.fits && !head.fits_afterwards;
                require(!is_taken, || {
                    format!("{:?} takes slots of {pool:?} that {:?} fits in", claimant.step, head.claim.step)
                })?;
            }
        }
    }
    for (name, pool) in &transition.before.pools {
        let asked = |waiter: &SlotWaiter| {
            let step = StepName::new(&waiter.run_id, &waiter.step_key);
            transition.pending.iter().find(|pending| pending.step == step).map(super::transitions::PendingClaim::rank)
        };
        let ranks: Vec<_> = pool.waiters.iter().filter_map(asked).collect();
        require(ranks.is_sorted(), || format!("the queue of {name:?} is {:?}", pool.waiters))?;
    }
    Ok(())
}

/// Once a head was overtaken often enough in a pool, no grant takes the slots that it needs there.
pub fn overtaking_is_bounded(transition: &Transition<'_>) -> Checked {
    if transition.observation.granted().is_some() {
        for (claimant, pool, more) in transition.wanted() {
            if let Some(head) = transition.head_before(claimant, pool, more) {
                let again = head.is_reserved && !head.fits_afterwards;
                require(!again, || format!("{:?} overtakes {:?} once more in {pool:?}", claimant.step, head.claim))?;
            }
        }
    }
    Ok(())
}

/// Each native wait is shown with a pool that blocks it.
pub fn no_wake_up_is_lost(transition: &Transition<'_>) -> Checked {
    for step in &transition.observation.waiting {
        let shown = transition.after();
        let entries = shown.pools.iter().filter_map(|(name, pool)| Some((name, &pool.waiters[pool.place_of(step)?])));
        let entries: Vec<(&PoolName, &SlotWaiter)> = entries.collect();
        let Some((_, waiter)) = entries.first() else { return Err(format!("{step:?} waits, and is in no queue")) };
        let is_blocked = waiter.reason.reserved || entries.iter().any(|(name, waiter)| !shown.fits(name, waiter.slots));
        require(is_blocked, || format!("{step:?} waits for what it would be granted: {waiter:?}"))?;
    }
    Ok(())
}

/// The position and the reason that a pending claim was answered with.
const fn pending<'s>(transition: &'s Transition<'_>) -> Option<(usize, &'s BlockReason)> {
    match &transition.observation.reply {
        Reply::Claim(ClaimStatus::Pending { position, reason }) => Some((*position, reason)),
        _ => None,
    }
}

/// Positions count the queue of a pool by priority and then by the first call.
pub fn positions_are_exact(transition: &Transition<'_>) -> Checked {
    for (name, pool) in &transition.after().pools {
        let shown: Vec<usize> = pool.waiters.iter().map(|waiter| waiter.position).collect();
        let exact: Vec<usize> = (1..=shown.len()).collect();
        require(shown == exact, || format!("positions in {name:?}: {shown:?}"))?;
    }
    let (Some((position, reason)), Some(claimant)) = (pending(transition), &transition.claimant) else { return Ok(()) };
    let Some(first) = reason.pools.first() else { return Err("nothing blocks".to_owned()) };
    let queued = |pool: &PoolName| pool.key == first.pool_key;
    let Some((pool, _)) = claimant.slots.iter().find(|(pool, _)| queued(pool)) else {
        return Err(format!("{first:?} blocks, and is not in the claim"));
    };
    let others =
        transition.pending.iter().filter(|pending| pending.step != claimant.step && pending.slots_of(pool).is_some());
    let exact = others.filter(|pending| pending.rank() < claimant.rank()).count() + 1;
    require(position == exact, || format!("{:?} is answered {position} in {pool:?}, and is {exact}", claimant.step))
}

pub fn dead_waiters_vanish(transition: &Transition<'_>) -> Checked {
    let polls = |step: &StepName| !transition.observation.waiting.contains(step);
    for (name, waiter) in transition.before.waiters() {
        let step = StepName::new(&waiter.run_id, &waiter.step_key);
        let asks = transition.pending.iter().any(|pending| pending.step == step && pending.slots_of(name).is_some());
        require(asks || !polls(&step), || format!("{name:?} still shows {waiter:?}"))?;
    }
    Ok(())
}

/// Counts equal the lists, and a claim is decided by what was shown before it.
pub fn what_is_shown_is_enforced(transition: &Transition<'_>) -> Checked {
    for (name, pool) in &transition.after().pools {
        let (claimed, used) = (pool.info.claimed, pool.used());
        require(claimed == used, || {
            format!("{name:?} shows {claimed} slots as claimed, and {used} by who holds them")
        })?;
        let (pending, waiting) = (pool.info.pending, i64::try_from(pool.waiters.len()).unwrap_or(i64::MAX));
        require(pending == waiting, || format!("{name:?} shows {pending} as pending, and lists {waiting}"))?;
        for waiter in &pool.waiters {
            let step = StepName::new(&waiter.run_id, &waiter.step_key);
            is_as_shown(transition.after(), &name.location, &step, &waiter.reason)?;
        }
    }
    if let (Some((_, reason)), Call::Claim { location, claim }) = (pending(transition), &transition.observation.call) {
        is_as_shown(transition.before, location, &StepName::of(claim), reason)?;
    }
    let Some(claimant) = &transition.claimant else { return Ok(()) };
    let again = transition.pending.iter().any(|pending| {
        let is_same_request = pending.slots == claimant.slots && pending.priority == claimant.priority;
        pending.step == claimant.step && is_same_request
    });
    let Some((pool, _)) = claimant.slots.first().filter(|_| again) else { return Ok(()) };
    let shown = transition.before.pools.get(pool);
    let Some(waiter) = shown.and_then(|shown| Some(&shown.waiters[shown.place_of(&claimant.step)?])) else {
        return Err(format!("{:?} waits, and is not shown in {pool:?}", claimant.step));
    };
    match pending(transition) {
        Some((_, reason)) => {
            require(*reason == waiter.reason, || format!("{waiter:?} is shown, and {reason:?} is answered"))
        }
        None => {
            let fits = transition.wanted().all(|(_, pool, more)| transition.before.fits(pool, more));
            require(fits && !waiter.reason.reserved, || format!("{waiter:?} is shown, and granted all the same"))
        }
    }
}

/// A block counts the slots that others hold: its own do not block a step.
fn is_as_shown(shown: &Shown, location: &str, step: &StepName, reason: &BlockReason) -> Checked {
    for block in &reason.pools {
        let pool = PoolName::new(location, &block.pool_key);
        let (claimed, limit) = (shown.used(&pool) - shown.held(&pool, step), shown.limit(&pool));
        require((block.claimed, block.limit) == (claimed, limit), || {
            format!("{block:?} is answered, and others hold {claimed} of {limit}")
        })?;
    }
    Ok(())
}

/// A claim waits only for a pool that is full, or whose slots are reserved for a head before it.
pub fn no_slots_lie_idle(transition: &Transition<'_>) -> Checked {
    let Some((_, reason)) = pending(transition) else { return Ok(()) };
    let waits_for_something = transition.wanted().any(|(claimant, pool, more)| {
        if !transition.before.fits(pool, more) {
            return true;
        }
        let Some(head) = transition.head_before(claimant, pool, more) else { return false };
        !head.fits_afterwards && (head.fits || head.is_reserved)
    });
    require(waits_for_something, || format!("it would fit, and is answered {reason:?}"))
}
