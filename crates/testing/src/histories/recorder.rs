//! Runs a random history, and records replies and what is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Simulated;
use crate::Storage;
use rivers_storage::Result;
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::pools::{LeaseRef, SlotClaim};

use super::{LOCATIONS, Op, POOLS, TokenChoice};
use crate::invariants::{Call, History, Observation, PoolName, Reply, Shown, StepName, look};
use crate::{NOW, open};

/// The pools that exist at the start of every history.
pub fn first_pools() -> impl Iterator<Item = PoolName> {
    let first = POOLS[..3].iter().map(|key| PoolName::new(LOCATIONS[0], key));
    first.chain([PoolName::new(LOCATIONS[1], POOLS[0])])
}

pub struct Recorder {
    pub records: Arc<Simulated>,
    stores: Vec<Storage>,
    history: History,
    claims: BTreeMap<StepName, Call>,
    /// The tokens of the grants of each step, the newest last.
    tokens: BTreeMap<StepName, Vec<i64>>,
}

async fn stores_on(records: &Arc<Simulated>) -> Vec<Storage> {
    let store = open(records).await;
    LOCATIONS.map(|location| Storage::at(&store.open, location)).into()
}

impl Recorder {
    pub async fn start() -> Self {
        let records = Arc::new(Simulated::new(NOW));
        let stores = stores_on(&records).await;
        let history = History { start: look(&stores).await, observations: Vec::new() };
        let mut recorder = Self { records, stores, history, claims: BTreeMap::new(), tokens: BTreeMap::new() };
        for pool in first_pools() {
            recorder.call(Call::SetLimit { pool, limit: 2, lease_ms: 20 }).await;
        }
        recorder
    }

    pub async fn record(ops: &[Op]) -> History {
        let mut recorder = Self::start().await;
        for op in ops {
            for call in recorder.calls(op) {
                recorder.call(call).await;
            }
        }
        recorder.history
    }

    pub fn stores(&self) -> &[Storage] {
        &self.stores
    }

    pub fn observations(&self) -> &[Observation] {
        &self.history.observations
    }

    fn shown(&self) -> &Shown {
        self.history.observations.last().map_or(&self.history.start, |observation| &observation.shown)
    }

    fn token(&self, step: &StepName, token: TokenChoice) -> Option<i64> {
        let given = self.tokens.get(step).map_or(&[][..], Vec::as_slice);
        match token {
            TokenChoice::None => None,
            TokenChoice::Live => Some(self.shown().lease(step).map_or(0, |lease| lease.token)),
            TokenChoice::Old => Some(given.iter().rev().nth(1).copied().unwrap_or(0)),
            TokenChoice::Never => Some(i64::MAX),
        }
    }

    pub fn calls(&self, op: &Op) -> Vec<Call> {
        match op.clone() {
            Op::SetLimit { pool, limit, lease_ms } => vec![Call::SetLimit { pool, limit, lease_ms }],
            Op::DeletePool { pool } => vec![Call::DeletePool { pool }],
            Op::Claim { location, claim } => vec![Call::Claim { location: location.to_owned(), claim }],
            Op::Again { step } => self.claims.get(&step).cloned().into_iter().collect(),
            Op::Burst { pools, times, waits } => {
                let small = |at: usize| StepName::new("small", pools[at % pools.len()]);
                let claim = |at: usize| Call::Claim {
                    location: LOCATIONS[0].to_owned(),
                    claim: SlotClaim::new("small", &small(at).key, &[(&small(at).key, 1)]),
                };
                let free = |at: usize| Call::Free { step: small(at), token: None };
                let mut calls: Vec<Call> = self.claims.get(&waits).cloned().into_iter().collect();
                calls.extend((0..times).flat_map(|at| [claim(at), free(at + pools.len() - 1)]));
                calls
            }
            Op::Free { step, token } => vec![Call::Free { token: self.token(&step, token), step }],
            Op::FreeRun { run } => vec![Call::FreeRun { run }],
            Op::Renew { step, lease_ms, token } => {
                vec![Call::Renew { token: self.token(&step, token), step, lease_ms }]
            }
            Op::Write { step, token } => {
                vec![Call::Write { token: self.token(&step, token).unwrap_or(0), step }]
            }
            Op::Sweep => vec![Call::Sweep],
            Op::Pass { ms } => vec![Call::Pass { ms }],
            Op::Restart => vec![Call::Restart],
        }
    }

    pub async fn call(&mut self, call: Call) -> &Observation {
        let reply = self.reply(&call).await.unwrap_or_else(|error| Reply::Refused(error.code()));
        let observation = Observation::new(call.clone(), reply, look(&self.stores).await);
        if let Some((claim, grant)) = observation.granted() {
            let given = self.tokens.entry(StepName::of(claim)).or_default();
            if given.last() != Some(&grant.token) {
                given.push(grant.token);
            }
        }
        if let Call::Claim { claim, .. } = &call {
            self.claims.insert(StepName::of(claim), call);
        }
        self.history.observations.push(observation);
        &self.history.observations[self.history.observations.len() - 1]
    }

    fn store(&self, location: &str) -> &Storage {
        self.stores.iter().find(|store| store.location() == location).expect("a location")
    }

    async fn reply(&mut self, call: &Call) -> Result<Reply> {
        let store = &self.stores[0];
        Ok(match call {
            Call::SetLimit { pool, limit, lease_ms } => {
                self.store(&pool.location).set_pool_limit(&pool.key, *limit, Some(*lease_ms)).await?;
                Reply::Done
            }
            Call::DeletePool { pool } => {
                Reply::Count(usize::from(self.store(&pool.location).delete_pool_limit(&pool.key).await?))
            }
            Call::Claim { location, claim } => {
                Reply::Claim(self.store(location).claim_concurrency_slots(claim.clone()).await?)
            }
            Call::Free { step, token } => {
                Reply::Count(store.free_concurrency_slots(&step.run, &step.key, *token).await?)
            }
            Call::FreeRun { run } => Reply::Count(store.free_concurrency_slots_for_run(run).await?),
            Call::Renew { step, lease_ms, token } => {
                let renewal = store.renew_slot_lease(&step.run, &step.key, *lease_ms, *token).await?;
                Reply::Count(renewal.map_or(0, |renewal| renewal.slots))
            }
            Call::Write { step, token } => {
                let lease = LeaseRef { run_id: step.run.clone(), step_key: step.key.clone(), token: *token };
                let event = NewEvent::new(EventType::StepStart, step.run.as_str());
                store.store_fenced_events(vec![event], lease).await?;
                Reply::Done
            }
            Call::Sweep => Reply::Count(store.free_expired_leases().await?),
            Call::Pass { ms } => {
                store.advance_time(*ms).await?;
                Reply::Done
            }
            Call::Restart => {
                self.records = Arc::new(self.records.restarted());
                self.stores = stores_on(&self.records).await;
                Reply::Done
            }
            Call::Native => unreachable!("a recorder does not wait"),
        })
    }
}
