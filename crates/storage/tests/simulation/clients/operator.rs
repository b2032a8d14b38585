//! Changes limits, deletes pools, cancels runs and frees the slots of others. At the end it lifts all limits, so that
//! every client can finish.

use rivers_storage_testing::Storage;

use std::sync::atomic::Ordering;

use crate::world::plan::at;
use crate::world::process::Process;

pub async fn work(process: Process) {
    while process.workload.has_jobs() {
        process.sleep(process.random.between(2..=16) * 250).await;
        if process.plan.operator {
            intervene(&process).await;
        }
    }
    process.ending.store(true, Ordering::SeqCst);
    for store in &process.stores {
        for pool in &process.plan.pools {
            process.set_limit(store, pool, -1, 1000).await;
        }
    }
}

async fn intervene(process: &Process) {
    let random = &process.random;
    let store = random.pick(&process.stores);
    let pool = *random.pick(&process.plan.pools);
    let run = at(random.between(0..=i64::try_from(process.workload.runs()).expect("few") - 1));
    match random.between(1..=12) {
        1..=5 => change_limit(process, store, pool).await,
        6 => process.sweep(store).await,
        7 => process.free_run(store, &process.workload.run_name(run)).await,
        8 => {
            let name = process.workload.run_name(run);
            process.workload.cancelled(run);
            process.cancel(store, &name).await;
        }
        9 | 10 => process.delete_pool(store, pool).await,
        _ => create_missing_pools(process).await,
    }
}

async fn change_limit(process: &Process, store: &Storage, pool: &str) {
    let limit = process.random.between(-1..=process.plan.highest_limit);
    process.set_limit(store, pool, limit, lease_ms(process)).await;
}

pub async fn create_missing_pools(process: &Process) {
    for store in &process.stores {
        for pool in &process.plan.pools {
            let known = process
                .observer
                .state()
                .pools
                .keys()
                .any(|name| name.key == *pool && name.location == store.location());
            if !known {
                process.set_limit(store, pool, process.plan.highest_limit, lease_ms(process)).await;
            }
        }
    }
}

fn lease_ms(process: &Process) -> i64 {
    process.random.between(4..=process.plan.longest_lease * 4) * 250
}
