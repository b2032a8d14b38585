//! Calls as claimers make them: under their name, and with no other errors than those that are documented.

use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::pools::{ClaimStatus, LeaseRef, Renewal, SlotClaim};
use rivers_storage::{Code, Result};
use rivers_storage_testing::Storage;

use crate::invariants::Promise;
use crate::witness::Witness;
use crate::witness::call::{Asked, Call};
use crate::witness::state::{PoolName, StepName};
use crate::world::life::Life;

impl Life {
    pub async fn claim(&self, store: &Storage, claim: &SlotClaim) -> Option<ClaimStatus> {
        let call = Call::Claim(Asked::of(store.location(), claim));
        self.call(call, &[Code::NotFound], store.claim_concurrency_slots(claim.clone())).await
    }

    /// The call is made, and its answer is lost on the way; or the call itself is.
    pub async fn claim_in_vain(&self, store: &Storage, claim: &SlotClaim) {
        let turns = self.dice.between(0..=8);
        tokio::select! {
            biased;
            _ = self.claim(store, claim) => {}
            () = passing(turns) => {}
        }
        self.witness.count("lost replies");
    }

    pub async fn renew(&self, store: &Storage, step: &StepName, lease_ms: Option<i64>, token: Option<i64>) {
        let call = Call::Renew(step.clone(), token);
        let renewal: Option<Option<Renewal>> =
            self.call(call, &[], store.renew_slot_lease(&step.run, &step.step, lease_ms, token)).await;
        if renewal == Some(None) {
            self.witness.count("renewals of what is dead");
        }
    }

    pub async fn free(&self, store: &Storage, step: &StepName, token: Option<i64>) {
        let call = Call::Free(step.clone(), token);
        self.call(call, &[], store.free_concurrency_slots(&step.run, &step.step, token)).await;
    }

    pub async fn free_run(&self, store: &Storage, run: &str) {
        self.call(Call::FreeRun(run.to_owned()), &[], store.free_concurrency_slots_for_run(run)).await;
    }

    /// What only the holder may tell.
    pub async fn tell(&self, store: &Storage, step: &StepName, token: i64) {
        let event = NewEvent::new(EventType::StepRetry, step.run.as_str());
        let lease = LeaseRef { run_id: step.run.clone(), step_key: step.step.clone(), token };
        let call = Call::Event(step.clone(), token);
        if self.call(call, &[Code::LeaseLost], store.store_fenced_events(vec![event], lease)).await.is_none() {
            self.witness.count("events refused");
        }
    }

    pub async fn set_limit(&self, store: &Storage, pool: &str, limit: i64, lease_ms: i64) {
        let call = Call::Limit(name(store, pool), limit, lease_ms);
        self.call(call, &[], store.set_pool_limit(pool, limit, Some(lease_ms))).await;
    }

    pub async fn delete_pool(&self, store: &Storage, pool: &str) {
        let deleted =
            self.call(Call::Delete(name(store, pool)), &[Code::Conflict], store.delete_pool_limit(pool)).await;
        if deleted == Some(true) {
            self.witness.count("deleted pools");
        }
    }

    pub async fn sweep(&self, store: &Storage) {
        self.call(Call::Sweep, &[], store.free_expired_leases()).await;
    }

    pub async fn cancel(&self, store: &Storage, run: &str) {
        self.call(Call::Cancel(run.to_owned()), &[], store.request_cancellation(run.to_owned())).await;
    }

    /// None where it was refused as it may be.
    pub async fn call<T>(&self, call: Call, refusals: &[Code], work: impl Future<Output = Result<T>>) -> Option<T> {
        let what = format!("{call:?}");
        let _busy = Busy::begin(&self.witness);
        match call.does(work).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                if !refusals.contains(&error.code()) {
                    self.witness.broken(Promise::RightErrors, format!("{what}: {error:?}"));
                }
                None
            }
        }
    }
}

/// Nobody may be within a call when nobody can act.
struct Busy<'w>(&'w Witness);

impl<'w> Busy<'w> {
    fn begin(witness: &'w Witness) -> Self {
        witness.inside().busy += 1;
        Self(witness)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.inside().busy -= 1;
    }
}

fn name(store: &Storage, pool: &str) -> PoolName {
    PoolName { location: store.location().to_owned(), pool: pool.to_owned() }
}

/// Others have so many turns.
pub async fn passing(turns: i64) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}
