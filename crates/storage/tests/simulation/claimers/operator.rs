//! Somebody who changes limits, removes pools, cancels runs and frees what others hold; and who sees to it that
//! everybody gets done.

use rivers_storage_testing::Storage;

use std::sync::atomic::Ordering;

use crate::world::life::Life;
use crate::world::plan::at;

pub async fn work(life: Life) {
    while life.lasting.has_jobs() {
        life.sleep(life.dice.between(2..=16) * 250).await;
        if life.plan.operator {
            intervenes(&life).await;
        }
    }
    life.ending.store(true, Ordering::SeqCst);
    for store in &life.stores {
        for pool in &life.plan.pools {
            life.set_limit(store, pool, -1, 1000).await;
        }
    }
}

async fn intervenes(life: &Life) {
    let dice = &life.dice;
    let store = dice.pick(&life.stores);
    let pool = *dice.pick(&life.plan.pools);
    let run = at(dice.between(0..=i64::try_from(life.lasting.runs()).expect("few") - 1));
    match dice.between(1..=12) {
        1..=5 => changes_limit(life, store, pool).await,
        6 => life.sweep(store).await,
        7 => life.free_run(store, &life.lasting.run_name(run)).await,
        8 => {
            let name = life.lasting.run_name(run);
            life.lasting.cancelled(run);
            life.cancel(store, &name).await;
        }
        9 | 10 => life.delete_pool(store, pool).await,
        _ => makes_missing_pools(life).await,
    }
}

async fn changes_limit(life: &Life, store: &Storage, pool: &str) {
    let limit = life.dice.between(-1..=life.plan.highest_limit);
    life.set_limit(store, pool, limit, lease_ms(life)).await;
}

pub async fn makes_missing_pools(life: &Life) {
    for store in &life.stores {
        for pool in &life.plan.pools {
            let known =
                life.witness.state().pools.keys().any(|name| name.pool == *pool && name.location == store.location());
            if !known {
                life.set_limit(store, pool, life.plan.highest_limit, lease_ms(life)).await;
            }
        }
    }
}

fn lease_ms(life: &Life) -> i64 {
    life.dice.between(4..=life.plan.longest_lease * 4) * 250
}
