//! Does what a random history says, and records what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Simulated;
use crate::Storage;
use rivers_storage::Result;
use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::pools::{LeaseRef, SlotClaim};

use super::{LOCATIONS, Op, POOLS, Token};
use crate::invariants::{Answer, Call, History, Moment, PoolName, Shown, Step, look};
use crate::{NOW, open};

/// The pools of every history, as they are at first.
pub fn places() -> impl Iterator<Item = PoolName> {
    let first = POOLS[..3].iter().map(|key| PoolName::new(LOCATIONS[0], key));
    first.chain([PoolName::new(LOCATIONS[1], POOLS[0])])
}

pub struct Recorder {
    pub records: Arc<Simulated>,
    stores: Vec<Storage>,
    history: History,
    claims: BTreeMap<Step, Call>,
    /// What each step was given, the newest last.
    tokens: BTreeMap<Step, Vec<i64>>,
}

async fn stores_on(records: &Arc<Simulated>) -> Vec<Storage> {
    let store = open(records).await;
    LOCATIONS.map(|location| Storage::at(&store.open, location)).into()
}

impl Recorder {
    pub async fn start() -> Self {
        let records = Arc::new(Simulated::new(NOW));
        let stores = stores_on(&records).await;
        let history = History { start: look(&stores).await, moments: Vec::new() };
        let mut recorder = Self { records, stores, history, claims: BTreeMap::new(), tokens: BTreeMap::new() };
        for pool in places() {
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

    pub fn moments(&self) -> &[Moment] {
        &self.history.moments
    }

    fn shown(&self) -> &Shown {
        self.history.moments.last().map_or(&self.history.start, |moment| &moment.shown)
    }

    fn token(&self, step: &Step, token: Token) -> Option<i64> {
        let given = self.tokens.get(step).map_or(&[][..], Vec::as_slice);
        match token {
            Token::None => None,
            Token::Live => Some(self.shown().lease(step).map_or(0, |lease| lease.token)),
            Token::Old => Some(given.iter().rev().nth(1).copied().unwrap_or(0)),
            Token::Never => Some(i64::MAX),
        }
    }

    pub fn calls(&self, op: &Op) -> Vec<Call> {
        match op.clone() {
            Op::SetLimit { pool, limit, lease_ms } => vec![Call::SetLimit { pool, limit, lease_ms }],
            Op::DeletePool { pool } => vec![Call::DeletePool { pool }],
            Op::Claim { location, claim } => vec![Call::Claim { location: location.to_owned(), claim }],
            Op::Again { step } => self.claims.get(&step).cloned().into_iter().collect(),
            Op::Burst { pools, times, waits } => {
                let small = |at: usize| Step::new("small", pools[at % pools.len()]);
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

    pub async fn call(&mut self, call: Call) -> &Moment {
        let answer = self.answer(&call).await.unwrap_or_else(|error| Answer::Refused(error.code()));
        let moment = Moment::new(call.clone(), answer, look(&self.stores).await);
        if let Some((claim, grant)) = moment.granted() {
            let given = self.tokens.entry(Step::of(claim)).or_default();
            if given.last() != Some(&grant.token) {
                given.push(grant.token);
            }
        }
        if let Call::Claim { claim, .. } = &call {
            self.claims.insert(Step::of(claim), call);
        }
        self.history.moments.push(moment);
        &self.history.moments[self.history.moments.len() - 1]
    }

    fn store(&self, location: &str) -> &Storage {
        self.stores.iter().find(|store| store.location() == location).expect("a location")
    }

    async fn answer(&mut self, call: &Call) -> Result<Answer> {
        let store = &self.stores[0];
        Ok(match call {
            Call::SetLimit { pool, limit, lease_ms } => {
                self.store(&pool.location).set_pool_limit(&pool.key, *limit, Some(*lease_ms)).await?;
                Answer::Done
            }
            Call::DeletePool { pool } => {
                Answer::Count(usize::from(self.store(&pool.location).delete_pool_limit(&pool.key).await?))
            }
            Call::Claim { location, claim } => {
                Answer::Claim(self.store(location).claim_concurrency_slots(claim.clone()).await?)
            }
            Call::Free { step, token } => {
                Answer::Count(store.free_concurrency_slots(&step.run, &step.key, *token).await?)
            }
            Call::FreeRun { run } => Answer::Count(store.free_concurrency_slots_for_run(run).await?),
            Call::Renew { step, lease_ms, token } => {
                let renewal = store.renew_slot_lease(&step.run, &step.key, *lease_ms, *token).await?;
                Answer::Count(renewal.map_or(0, |renewal| renewal.slots))
            }
            Call::Write { step, token } => {
                let lease = LeaseRef { run_id: step.run.clone(), step_key: step.key.clone(), token: *token };
                let event = NewEvent::new(EventType::StepStart, step.run.as_str());
                store.store_fenced_events(vec![event], lease).await?;
                Answer::Done
            }
            Call::Sweep => Answer::Count(store.free_expired_leases().await?),
            Call::Pass { ms } => {
                store.advance_time(*ms).await?;
                Answer::Done
            }
            Call::Restart => {
                self.records = Arc::new(self.records.restarted());
                self.stores = stores_on(&self.records).await;
                Answer::Done
            }
            Call::Native => unreachable!("a recorder does not wait"),
        })
    }
}
