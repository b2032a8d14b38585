//! Promises about those who wait.

use rivers_storage::pools::{BlockReason, ClaimStatus, SlotWaiter};

use super::history::{Answer, Call, PoolName, Step};
use super::scenes::Scene;
use super::shown::Shown;
use super::{Checked, holds};

/// A claim that is granted leaves room for a head that it found room for, and queues are shown in
/// the order of what was asked.
pub fn no_inversion(scene: &Scene<'_>) -> Checked {
    if scene.moment.granted().is_some() {
        for (claimant, pool, more) in scene.wanted() {
            if let Some(ahead) = scene.ahead(claimant, pool, more) {
                let robbed = ahead.fits && !ahead.fits_afterwards;
                holds(!robbed, || {
                    format!("{:?} takes what {:?} could have of {pool:?}", claimant.step, ahead.head.step)
                })?;
            }
        }
    }
    for (name, pool) in &scene.before.pools {
        let asked = |waiter: &SlotWaiter| {
            let step = Step::new(&waiter.run_id, &waiter.step_key);
            scene.asking.iter().find(|asking| asking.step == step).map(super::scenes::Asking::rank)
        };
        let ranks: Vec<_> = pool.waiters.iter().filter_map(asked).collect();
        holds(ranks.is_sorted(), || format!("the queue of {name:?} is {:?}", pool.waiters))?;
    }
    Ok(())
}

/// What a head needs of a pool is kept for it once it was overtaken there for long enough.
pub fn overtaking_is_bounded(scene: &Scene<'_>) -> Checked {
    if scene.moment.granted().is_some() {
        for (claimant, pool, more) in scene.wanted() {
            if let Some(ahead) = scene.ahead(claimant, pool, more) {
                let again = ahead.is_patient && !ahead.fits_afterwards;
                holds(!again, || format!("{:?} overtakes {:?} once more in {pool:?}", claimant.step, ahead.head))?;
            }
        }
    }
    Ok(())
}

/// Whoever waits natively is shown with what keeps it waiting.
pub fn no_wake_up_is_lost(scene: &Scene<'_>) -> Checked {
    for step in &scene.moment.waiting {
        let shown = scene.after();
        let places = shown.pools.iter().filter_map(|(name, pool)| Some((name, &pool.waiters[pool.place_of(step)?])));
        let places: Vec<(&PoolName, &SlotWaiter)> = places.collect();
        let Some((_, waiter)) = places.first() else { return Err(format!("{step:?} waits, and has no place")) };
        let keeps = waiter.reason.reserved || places.iter().any(|(name, waiter)| !shown.fits(name, waiter.slots));
        holds(keeps, || format!("{step:?} waits for what it would be granted: {waiter:?}"))?;
    }
    Ok(())
}

/// What the pending claim was told.
const fn told<'s>(scene: &'s Scene<'_>) -> Option<(usize, &'s BlockReason)> {
    match &scene.moment.answer {
        Answer::Claim(ClaimStatus::Pending { position, reason }) => Some((*position, reason)),
        _ => None,
    }
}

/// Where the claim stands in the queue of this pool, by priority and by who asked first.
pub fn positions_are_exact(scene: &Scene<'_>) -> Checked {
    for (name, pool) in &scene.after().pools {
        let shown: Vec<usize> = pool.waiters.iter().map(|waiter| waiter.position).collect();
        let exact: Vec<usize> = (1..=shown.len()).collect();
        holds(shown == exact, || format!("positions in {name:?}: {shown:?}"))?;
    }
    let (Some((position, reason)), Some(claimant)) = (told(scene), &scene.claimant) else { return Ok(()) };
    let Some(first) = reason.pools.first() else { return Err("nothing blocks".to_owned()) };
    let queued = |pool: &PoolName| pool.key == first.pool_key;
    let Some((pool, _)) = claimant.slots.iter().find(|(pool, _)| queued(pool)) else {
        return Err(format!("{first:?} blocks, which was not asked for"));
    };
    let others = scene.asking.iter().filter(|asking| asking.step != claimant.step && asking.asks_of(pool).is_some());
    let exact = others.filter(|asking| asking.rank() < claimant.rank()).count() + 1;
    holds(position == exact, || format!("{:?} is told {position} in {pool:?}, and is {exact}", claimant.step))
}

pub fn dead_waiters_vanish(scene: &Scene<'_>) -> Checked {
    let polls = |step: &Step| !scene.moment.waiting.contains(step);
    for (name, waiter) in scene.before.waiters() {
        let step = Step::new(&waiter.run_id, &waiter.step_key);
        let asks = scene.asking.iter().any(|asking| asking.step == step && asking.asks_of(name).is_some());
        holds(asks || !polls(&step), || format!("{name:?} still shows {waiter:?}"))?;
    }
    Ok(())
}

/// Counts are those of what is listed, and a claim is answered by what is shown.
pub fn what_is_shown_is_enforced(scene: &Scene<'_>) -> Checked {
    for (name, pool) in &scene.after().pools {
        let (claimed, used) = (pool.info.claimed, pool.used());
        holds(claimed == used, || format!("{name:?} shows {claimed} slots as claimed, and {used} by who holds them"))?;
        let (pending, waiting) = (pool.info.pending, i64::try_from(pool.waiters.len()).unwrap_or(i64::MAX));
        holds(pending == waiting, || format!("{name:?} shows {pending} as pending, and lists {waiting}"))?;
        for waiter in &pool.waiters {
            let step = Step::new(&waiter.run_id, &waiter.step_key);
            is_as_shown(scene.after(), &name.location, &step, &waiter.reason)?;
        }
    }
    if let (Some((_, reason)), Call::Claim { location, claim }) = (told(scene), &scene.moment.call) {
        is_as_shown(scene.before, location, &Step::of(claim), reason)?;
    }
    let Some(claimant) = &scene.claimant else { return Ok(()) };
    let again = scene.asking.iter().any(|asking| {
        let is_same_request = asking.slots == claimant.slots && asking.priority == claimant.priority;
        asking.step == claimant.step && is_same_request
    });
    let Some((pool, _)) = claimant.slots.first().filter(|_| again) else { return Ok(()) };
    let shown = scene.before.pools.get(pool);
    let Some(waiter) = shown.and_then(|shown| Some(&shown.waiters[shown.place_of(&claimant.step)?])) else {
        return Err(format!("{:?} waits, and is not shown in {pool:?}", claimant.step));
    };
    match told(scene) {
        Some((_, reason)) => {
            holds(*reason == waiter.reason, || format!("{waiter:?} is shown, and {reason:?} is what is told"))
        }
        None => {
            let fits = scene.wanted().all(|(_, pool, more)| scene.before.fits(pool, more));
            holds(fits && !waiter.reason.reserved, || format!("{waiter:?} is shown, and granted all the same"))
        }
    }
}

/// What the step holds itself is in nobody's way.
fn is_as_shown(shown: &Shown, location: &str, step: &Step, reason: &BlockReason) -> Checked {
    for block in &reason.pools {
        let pool = PoolName::new(location, &block.pool_key);
        let (claimed, limit) = (shown.used(&pool) - shown.held(&pool, step), shown.limit(&pool));
        holds((block.claimed, block.limit) == (claimed, limit), || {
            format!("{block:?} is told where {claimed} of {limit} are held by others")
        })?;
    }
    Ok(())
}

/// A claim waits only for what is full, or kept for a head before it.
pub fn no_slots_lie_idle(scene: &Scene<'_>) -> Checked {
    let Some((_, reason)) = told(scene) else { return Ok(()) };
    let waits_for_something = scene.wanted().any(|(claimant, pool, more)| {
        if !scene.before.fits(pool, more) {
            return true;
        }
        let Some(ahead) = scene.ahead(claimant, pool, more) else { return false };
        !ahead.fits_afterwards && (ahead.fits || ahead.is_patient)
    });
    holds(waits_for_something, || format!("it would fit, and is told {reason:?}"))
}
