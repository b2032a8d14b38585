//! What the store shows of its pools equals the rows that it decides by.

use rivers_storage::Result;
use rivers_storage::invariant::Invariant;
use rivers_storage::pools::{PoolInfo, SlotHolder, SlotWaiter};
use rivers_storage_testing::Storage;

use super::Findings;
use super::claims::{reason_flags, shown};
use crate::observer::call::{Asked, Call};
use crate::observer::queue::{Expected, Queues};
use crate::observer::state::{PoolName, StepName};

/// One pool, as it is shown.
pub struct ShownPool {
    name: PoolName,
    info: PoolInfo,
    holders: Vec<SlotHolder>,
    waiters: Vec<SlotWaiter>,
}

pub async fn look(store: &Storage) -> Result<Vec<ShownPool>> {
    Call::Look.run(look_at_all(store)).await
}

async fn look_at_all(store: &Storage) -> Result<Vec<ShownPool>> {
    let mut all = Vec::new();
    for info in store.get_all_pool_infos().await? {
        let pool = info.limit.pool_key.clone();
        let (holders, waiters) = (store.get_pool_slot_holders(&pool).await?, store.get_pool_waiters(&pool).await?);
        all.push(ShownPool { name: PoolName::new(store.location(), &pool), info, holders, waiters });
    }
    Ok(all)
}

pub fn check(all: &[ShownPool], queues: Queues<'_>, findings: &mut Findings) {
    for ShownPool { name, info, holders, waiters } in all {
        let used = queues.state.used(name, queues.now);
        findings.require(Invariant::ShownIsEnforced, info.claimed == used, || {
            format!("{name:?} shows {} in use, and has {used}", info.claimed)
        });
        let held: i64 = holders.iter().map(|holder| holder.slots_consumed).sum();
        findings.require(Invariant::ShownIsEnforced, held == used, || {
            format!("holders of {name:?} have {held}, not {used}")
        });
        for holder in holders {
            let step = StepName::new(&holder.run_id, &holder.step_key);
            let lease = queues.state.live_lease(&step, queues.now);
            let fields = (holder.token, holder.claimed_at, holder.lease_expires_at);
            let right = lease.is_some_and(|lease| fields == (lease.token, lease.claimed_at, lease.expires_at));
            findings.require(Invariant::ShownIsEnforced, right, || format!("{holder:?} of {name:?} has {lease:?}"));
        }
        let queue = queues.queue(name);
        let pending = i64::try_from(queue.len()).expect("a short queue");
        findings.require(Invariant::ShownIsEnforced, info.pending == pending, || {
            format!("{name:?} shows {} as pending, and has {pending}", info.pending)
        });
        let steps: Vec<StepName> = queue.iter().map(|(_, step, _)| (*step).clone()).collect();
        let listed: Vec<StepName> = waiters.iter().map(step_of).collect();
        findings.require(Invariant::ExactPosition, listed == steps, || {
            format!("{name:?} shows {listed:?}, and has {steps:?}")
        });
        for (at, waiter) in waiters.iter().enumerate() {
            findings.require(Invariant::ExactPosition, waiter.position == at + 1, || format!("{waiter:?} is at {at}"));
            reason(name, waiter, queues, findings);
        }
    }
}

fn step_of(waiter: &SlotWaiter) -> StepName {
    StepName::new(&waiter.run_id, &waiter.step_key)
}

fn reason(name: &PoolName, shown_waiter: &SlotWaiter, queues: Queues<'_>, findings: &mut Findings) {
    let step = step_of(shown_waiter);
    let Some(waiter) = queues.state.waiters.get(&step) else { return };
    let Some(rank) = queues.rank_of(&step) else { return };
    let priority = queues.history.priority(&step);
    findings.require(Invariant::NoInversion, shown_waiter.priority == priority, || {
        format!("{shown_waiter:?} asked with {priority}")
    });
    let (location, pools) = (name.location.clone(), waiter.pools.clone());
    let asked = Asked { step, location, priority, pools, attempt: None, lease_ms: None };
    if let Some(Expected::Pending { blocked, .. }) = queues.expected(&asked, &rank) {
        let reason: Vec<_> =
            shown_waiter.reason.pools.iter().map(|pool| (pool.pool_key.as_str(), pool.claimed, pool.limit)).collect();
        let flags = (shown_waiter.reason.unsatisfiable, shown_waiter.reason.reserved);
        let right = reason == shown(&blocked) && flags == reason_flags(&blocked);
        findings.require(Invariant::ShownIsEnforced, right, || {
            format!("{shown_waiter:?} of {name:?} is blocked by {blocked:?}")
        });
    }
}
