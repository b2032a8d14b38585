//! Random histories with native waits: they begin, are cancelled and release, beside claims that poll, limits that
//! change and time that passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use rivers_storage::Result;
use rivers_storage::pools::{Acquire, SlotClaim, SlotLease};
use rivers_storage_testing::{Simulated, Storage};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use rivers_storage_testing::invariants::{Call, History, Observation, PoolName, Reply, StepName, look};
use rivers_storage_testing::store;

const POOLS: [&str; 2] = ["a", "b"];

#[derive(Clone, Debug)]
pub enum Op {
    /// A native wait begins, unless the step already waits or holds.
    Enter {
        step: u8,
        pools: Vec<(&'static str, i64)>,
        priority: i64,
        timeout_ms: Option<i64>,
        renew: bool,
    },
    /// Cancels the wait, or releases the lease.
    Leave {
        step: u8,
    },
    /// A step claims by polling.
    Claim {
        step: u8,
        pools: Vec<(&'static str, i64)>,
        priority: i64,
        lease_ms: i64,
    },
    Free {
        step: u8,
    },
    SetLimit {
        pool: &'static str,
        limit: i64,
    },
    Pass {
        ms: i64,
    },
}

fn pools() -> impl Strategy<Value = Vec<(&'static str, i64)>> {
    prop::collection::vec((prop::sample::select(&POOLS[..]), prop_oneof![2 => Just(1_i64), 1 => Just(2_i64)]), 1..3)
}

pub fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (0..6_u8, pools(), -1..2_i64, prop::option::of(1..400_i64), any::<bool>())
            .prop_map(|(step, pools, priority, timeout_ms, renew)| Op::Enter { step, pools, priority, timeout_ms, renew }),
        4 => (0..6_u8).prop_map(|step| Op::Leave { step }),
        3 => (0..4_u8, pools(), -1..2_i64, 1..300_i64)
            .prop_map(|(step, pools, priority, lease_ms)| Op::Claim { step, pools, priority, lease_ms }),
        3 => (0..4_u8).prop_map(|step| Op::Free { step }),
        1 => (prop::sample::select(&POOLS[..]), -1..4_i64).prop_map(|(pool, limit)| Op::SetLimit { pool, limit }),
        2 => (0..300_i64).prop_map(|ms| Op::Pass { ms }),
    ];
    prop::collection::vec(op, 1..40)
}

struct Natives {
    records: Arc<Simulated>,
    store: Storage,
    waits: BTreeMap<StepName, (CancellationToken, JoinHandle<Result<SlotLease>>)>,
    leases: BTreeMap<StepName, SlotLease>,
    history: History,
}

pub async fn record(ops: &[Op]) -> History {
    let (records, store) = store().await;
    for pool in POOLS {
        store.set_pool_limit(pool, 2, Some(200)).await.unwrap();
    }
    let history = History { start: look(std::slice::from_ref(&store)).await, observations: Vec::new() };
    let mut natives = Natives { records, store, waits: BTreeMap::new(), leases: BTreeMap::new(), history };
    for op in ops {
        natives.act(op).await;
    }
    natives.history
}

fn waits(step: u8) -> StepName {
    StepName::new("waits", &step.to_string())
}

fn polls(step: u8) -> StepName {
    StepName::new("polls", &step.to_string())
}

impl Natives {
    async fn act(&mut self, op: &Op) {
        let (call, reply) = match op.clone() {
            Op::Enter { step, pools, priority, timeout_ms, renew } => {
                self.enter(waits(step), &pools, priority, timeout_ms, renew);
                (Call::Native, Reply::Done)
            }
            Op::Leave { step } => {
                if let Some((cancel, _)) = self.waits.get(&waits(step)) {
                    cancel.cancel();
                }
                if let Some(lease) = self.leases.remove(&waits(step)) {
                    lease.release().await.unwrap();
                }
                (Call::Native, Reply::Done)
            }
            Op::Claim { step, pools, priority, lease_ms } => {
                let step = polls(step);
                let claim = SlotClaim {
                    priority,
                    lease_ms: Some(lease_ms),
                    wait_ttl_ms: 250,
                    ..SlotClaim::new(&step.run, &step.key, &pools)
                };
                let status = self.store.claim_concurrency_slots(claim.clone()).await.unwrap();
                (Call::Claim { location: self.store.location().to_owned(), claim }, Reply::Claim(status))
            }
            Op::Free { step } => {
                let step = polls(step);
                let freed = self.store.free_concurrency_slots(&step.run, &step.key, None).await.unwrap();
                (Call::Free { step, token: None }, Reply::Count(freed))
            }
            Op::SetLimit { pool, limit } => {
                self.store.set_pool_limit(pool, limit, Some(200)).await.unwrap();
                (Call::SetLimit { pool: PoolName::new(self.store.location(), pool), limit, lease_ms: 200 }, Reply::Done)
            }
            Op::Pass { ms } => {
                self.store.advance_time(ms).await.unwrap();
                (Call::Pass { ms }, Reply::Done)
            }
        };
        self.settle().await;
        let shown = look(std::slice::from_ref(&self.store)).await;
        let waiting: BTreeSet<StepName> = self.waits.keys().cloned().collect();
        self.history.observations.push(Observation { waiting, ..Observation::new(call, reply, shown) });
    }

    fn enter(&mut self, step: StepName, pools: &[(&str, i64)], priority: i64, timeout_ms: Option<i64>, renew: bool) {
        if self.waits.contains_key(&step) || self.leases.contains_key(&step) {
            return;
        }
        let claim = SlotClaim { priority, ..SlotClaim::new(&step.run, &step.key, pools) };
        let request = Acquire { claim, timeout_ms, renew, events: false };
        let (cancel, store) = (CancellationToken::new(), self.store.clone());
        let token = cancel.clone();
        let wait = tokio::spawn(async move { store.acquire_slots(request, token).await });
        self.waits.insert(step, (cancel, wait));
    }

    /// Until no task reads any more.
    async fn settle(&mut self) {
        let mut idle_turns = 0;
        let mut before = self.records.reads();
        while idle_turns < 20 {
            tokio::task::yield_now().await;
            let reads = self.records.reads();
            idle_turns = if reads == before { idle_turns + 1 } else { 0 };
            before = reads;
        }
        let ended = self.waits.iter().filter(|(_, (_, wait))| wait.is_finished()).map(|(step, _)| step.clone());
        for step in ended.collect::<Vec<_>>() {
            let Some((_, wait)) = self.waits.remove(&step) else { continue };
            if let Ok(lease) = wait.await.unwrap() {
                self.leases.insert(step, lease);
            }
        }
        self.leases.retain(|_, lease| lease.is_live());
    }
}
