//! What the store shows of its pools is what it decides by.

use rivers_storage::Result;
use rivers_storage::pools::{PoolInfo, SlotHolder, SlotWaiter};
use rivers_storage_testing::Storage;

use super::claims::{shown, told_flags};
use super::{Findings, Promise};
use crate::witness::call::{Asked, Call};
use crate::witness::queue::{Expected, Queues};
use crate::witness::state::{PoolName, StepName};

/// One pool, as it is shown.
pub struct Shown {
    name: PoolName,
    info: PoolInfo,
    holders: Vec<SlotHolder>,
    waiters: Vec<SlotWaiter>,
}

pub async fn look(store: &Storage) -> Result<Vec<Shown>> {
    Call::Look.does(look_at_all(store)).await
}

async fn look_at_all(store: &Storage) -> Result<Vec<Shown>> {
    let mut all = Vec::new();
    for info in store.get_all_pool_infos().await? {
        let pool = info.limit.pool_key.clone();
        let (holders, waiters) = (store.get_pool_slot_holders(&pool).await?, store.get_pool_waiters(&pool).await?);
        all.push(Shown { name: PoolName { location: store.location().to_owned(), pool }, info, holders, waiters });
    }
    Ok(all)
}

pub fn check(all: &[Shown], queues: Queues<'_>, findings: &mut Findings) {
    for Shown { name, info, holders, waiters } in all {
        let used = queues.state.used(name, queues.now);
        findings.require(Promise::ShownIsEnforced, info.claimed == used, || {
            format!("{name:?} shows {} in use, and has {used}", info.claimed)
        });
        let held: i64 = holders.iter().map(|holder| holder.slots_consumed).sum();
        findings
            .require(Promise::ShownIsEnforced, held == used, || format!("holders of {name:?} have {held}, not {used}"));
        for holder in holders {
            let step = StepName { run: holder.run_id.clone(), step: holder.step_key.clone() };
            let lease = queues.state.live_lease(&step, queues.now);
            let told = (holder.token, holder.claimed_at, holder.lease_expires_at);
            let right = lease.is_some_and(|lease| told == (lease.token, lease.claimed_at, lease.expires_at));
            findings.require(Promise::ShownIsEnforced, right, || format!("{holder:?} of {name:?} has {lease:?}"));
        }
        let queue = queues.queue(name);
        let pending = i64::try_from(queue.len()).expect("a short queue");
        findings.require(Promise::ShownIsEnforced, info.pending == pending, || {
            format!("{name:?} shows {} who wait, and has {pending}", info.pending)
        });
        let steps: Vec<StepName> = queue.iter().map(|(_, step, _)| (*step).clone()).collect();
        let told: Vec<StepName> = waiters.iter().map(step_of).collect();
        findings
            .require(Promise::ExactPosition, told == steps, || format!("{name:?} shows {told:?}, and has {steps:?}"));
        for (at, waiter) in waiters.iter().enumerate() {
            findings.require(Promise::ExactPosition, waiter.position == at + 1, || format!("{waiter:?} is at {at}"));
            reason(name, waiter, queues, findings);
        }
    }
}

fn step_of(waiter: &SlotWaiter) -> StepName {
    StepName { run: waiter.run_id.clone(), step: waiter.step_key.clone() }
}

fn reason(name: &PoolName, told: &SlotWaiter, queues: Queues<'_>, findings: &mut Findings) {
    let step = step_of(told);
    let Some(waiter) = queues.state.waiters.get(&step) else { return };
    let Some(rank) = queues.rank_of(&step) else { return };
    let priority = queues.history.priority(&step);
    findings.require(Promise::NoInversion, told.priority == priority, || format!("{told:?} asked with {priority}"));
    let (location, pools) = (name.location.clone(), waiter.pools.clone());
    let asked = Asked { step, location, priority, pools, attempt: None, lease_ms: None };
    if let Some(Expected::Pending { blocked, .. }) = queues.expected(&asked, &rank) {
        let reason: Vec<_> =
            told.reason.pools.iter().map(|pool| (pool.pool_key.as_str(), pool.claimed, pool.limit)).collect();
        let flags = (told.reason.unsatisfiable, told.reason.reserved);
        let right = reason == shown(&blocked) && flags == told_flags(&blocked);
        findings.require(Promise::ShownIsEnforced, right, || format!("{told:?} of {name:?} is blocked by {blocked:?}"));
    }
}
