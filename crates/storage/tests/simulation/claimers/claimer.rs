//! Somebody with jobs to do, each of which needs slots.

use rivers_storage::pools::SlotClaim;
use rivers_storage_testing::Storage;

use super::{former, polling, waiting};
use crate::world::life::Life;
use crate::world::plan::{ClaimerPlan, Habit};

pub struct Claimer {
    pub life: Life,
    pub plan: ClaimerPlan,
    pub store: Storage,
}

pub async fn work(life: Life, number: usize) {
    let plan = life.plan.claimers[number].clone();
    let store = life.stores[plan.storage].clone();
    let claimer = Claimer { life, plan, store };
    while claimer.life.lasting.take_job(number) {
        claimer.job().await;
    }
}

impl Claimer {
    async fn job(&self) {
        let dice = &self.life.dice;
        match self.plan.habit {
            Habit::Mixed { natively } => {
                self.rest(12).await;
                if dice.one_in(4) {
                    former::troubles(self).await;
                }
                if dice.percent(natively) {
                    waiting::waits(self, self.claim()).await;
                } else {
                    polling::polls(self, self.claim()).await;
                }
            }
            Habit::Wide => {
                self.rest(4).await;
                let claim = self.claim();
                let pools = vec![(claim.pools[0].0.clone(), self.life.plan.highest_limit)];
                waiting::waits_patiently(self, SlotClaim { pools, priority: 0, ..claim }).await;
            }
            Habit::Quick => {
                let pools = vec![(self.life.plan.pools[0].to_owned(), 1)];
                let claim = SlotClaim { pools, priority: 0, wait_ttl_ms: 1000, ..self.claim() };
                polling::asks_until_granted(self, claim).await;
            }
        }
    }

    /// For up to so many quarters of a second, so that many act at the same moment.
    pub async fn rest(&self, quarters: i64) {
        let quarters = self.life.dice.between(0..=quarters);
        self.life.sleep(quarters * 250).await;
    }

    fn claim(&self) -> SlotClaim {
        let dice = &self.life.dice;
        let plan = &self.life.plan;
        let mut pools: Vec<(String, i64)> = Vec::new();
        for _ in 0..*dice.pick(&[1, 1, 1, 2, 2, 3]) {
            let pool = (*dice.pick(&plan.pools)).to_owned();
            if pools.iter().all(|(named, _)| *named != pool) {
                pools.push((pool, self.weight()));
            }
        }
        SlotClaim {
            run_id: self.life.lasting.run_name(self.plan.run),
            step_key: self.plan.step.clone(),
            pools,
            priority: dice.between(0..=plan.highest_priority),
            lease_ms: dice.one_in(2).then(|| dice.between(4..=plan.longest_lease * 4) * 250),
            attempt: dice.one_in(2).then(|| self.life.number.to_string()),
            wait_ttl_ms: dice.between(4..=40) * 250,
        }
    }

    pub fn weight(&self) -> i64 {
        let dice = &self.life.dice;
        if dice.one_in(12) {
            self.life.plan.highest_limit + 1
        } else {
            dice.between(1..=at_most(self.life.plan.highest_limit))
        }
    }
}

const fn at_most(limit: i64) -> i64 {
    if limit < 2 { 1 } else { 2 }
}
