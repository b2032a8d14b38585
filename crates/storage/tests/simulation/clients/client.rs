//! A client with jobs, each of which needs slots.

use rivers_storage::pools::SlotClaim;
use rivers_storage_testing::Storage;

use super::{polling, stale, waiting};
use crate::world::plan::{ClientPlan, Habit};
use crate::world::process::Process;

pub struct Client {
    pub process: Process,
    pub plan: ClientPlan,
    pub store: Storage,
}

pub async fn work(process: Process, number: usize) {
    let plan = process.plan.clients[number].clone();
    let store = process.stores[plan.storage].clone();
    let client = Client { process, plan, store };
    while client.process.workload.take_job(number) {
        client.job().await;
    }
}

impl Client {
    async fn job(&self) {
        let random = &self.process.random;
        match self.plan.habit {
            Habit::Mixed { natively } => {
                self.rest(12).await;
                if random.one_in(4) {
                    stale::act(self).await;
                }
                if random.percent(natively) {
                    waiting::wait(self, self.claim()).await;
                } else {
                    polling::poll(self, self.claim()).await;
                }
            }
            Habit::Wide => {
                self.rest(4).await;
                let claim = self.claim();
                let pools = vec![(claim.pools[0].0.clone(), self.process.plan.highest_limit)];
                waiting::wait_until_granted(self, SlotClaim { pools, priority: 0, ..claim }).await;
            }
            Habit::Quick => {
                let pools = vec![(self.process.plan.pools[0].to_owned(), 1)];
                let claim = SlotClaim { pools, priority: 0, wait_ttl_ms: 1000, ..self.claim() };
                polling::poll_until_granted(self, claim).await;
            }
        }
    }

    /// For up to so many quarters of a second: whole quarters, so that many clients act at the same time.
    pub async fn rest(&self, quarters: i64) {
        let quarters = self.process.random.between(0..=quarters);
        self.process.sleep(quarters * 250).await;
    }

    fn claim(&self) -> SlotClaim {
        let random = &self.process.random;
        let plan = &self.process.plan;
        let mut pools: Vec<(String, i64)> = Vec::new();
        for _ in 0..*random.pick(&[1, 1, 1, 2, 2, 3]) {
            let pool = (*random.pick(&plan.pools)).to_owned();
            if pools.iter().all(|(named, _)| *named != pool) {
                pools.push((pool, self.weight()));
            }
        }
        SlotClaim {
            run_id: self.process.workload.run_name(self.plan.run),
            step_key: self.plan.step.clone(),
            pools,
            priority: random.between(0..=plan.highest_priority),
            lease_ms: random.one_in(2).then(|| random.between(4..=plan.longest_lease * 4) * 250),
            attempt: random.one_in(2).then(|| self.process.number.to_string()),
            wait_ttl_ms: random.between(4..=40) * 250,
        }
    }

    pub fn weight(&self) -> i64 {
        let random = &self.process.random;
        if random.one_in(12) {
            self.process.plan.highest_limit + 1
        } else {
            random.between(1..=at_most(self.process.plan.highest_limit))
        }
    }
}

const fn at_most(limit: i64) -> i64 {
    if limit < 2 { 1 } else { 2 }
}
