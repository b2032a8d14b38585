//! The calls of clients: the observer sees which call each commit belongs to, and only documented errors are accepted.

use rivers_storage::events::{EventType, NewEvent};
use rivers_storage::pools::{ClaimStatus, LeaseRef, Renewal, SlotClaim};
use rivers_storage::{Code, Result};
use rivers_storage_testing::Storage;
use rivers_storage_testing::check::Check;

use crate::observer::Observer;
use crate::observer::call::{Asked, Call};
use crate::observer::state::{PoolName, StepName};
use crate::world::process::Process;

impl Process {
    pub async fn claim(&self, store: &Storage, claim: &SlotClaim) -> Option<ClaimStatus> {
        let call = Call::Claim(Asked::of(store.location(), claim));
        self.call(call, &[Code::NotFound], store.claim_concurrency_slots(claim.clone())).await
    }

    /// The claim or its answer is lost.
    pub async fn claim_and_lose_the_answer(&self, store: &Storage, claim: &SlotClaim) {
        let turns = self.random.between(0..=8);
        tokio::select! {
            biased;
            _ = self.claim(store, claim) => {}
            () = yield_turns(turns) => {}
        }
        self.observer.count("lost replies");
    }

    pub async fn renew(&self, store: &Storage, step: &StepName, lease_ms: Option<i64>, token: Option<i64>) {
        let call = Call::Renew(step.clone(), token);
        let renewal: Option<Option<Renewal>> =
            self.call(call, &[], store.renew_slot_lease(&step.run, &step.key, lease_ms, token)).await;
        if renewal == Some(None) {
            self.observer.count("renewals of ended grants");
        }
    }

    pub async fn free(&self, store: &Storage, step: &StepName, token: Option<i64>) {
        let call = Call::Free(step.clone(), token);
        self.call(call, &[], store.free_concurrency_slots(&step.run, &step.key, token)).await;
    }

    pub async fn free_run(&self, store: &Storage, run: &str) {
        self.call(Call::FreeRun(run.to_owned()), &[], store.free_concurrency_slots_for_run(run)).await;
    }

    /// A fenced write.
    pub async fn store_event(&self, store: &Storage, step: &StepName, token: i64) {
        let event = NewEvent::new(EventType::StepRetry, step.run.as_str());
        let lease = LeaseRef { run_id: step.run.clone(), step_key: step.key.clone(), token };
        let call = Call::Event(step.clone(), token);
        if self.call(call, &[Code::LeaseLost], store.store_fenced_events(vec![event], lease)).await.is_none() {
            self.observer.count("fenced events refused");
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
            self.observer.count("deleted pools");
        }
    }

    pub async fn sweep(&self, store: &Storage) {
        self.call(Call::Sweep, &[], store.free_expired_leases()).await;
    }

    pub async fn cancel(&self, store: &Storage, run: &str) {
        self.call(Call::Cancel(run.to_owned()), &[], store.request_cancellation(run.to_owned())).await;
    }

    /// None if it was refused with one of the codes.
    pub async fn call<T>(&self, call: Call, refusals: &[Code], work: impl Future<Output = Result<T>>) -> Option<T> {
        let what = format!("{call:?}");
        let _busy = Busy::begin(&self.observer);
        match call.run(work).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                if !refusals.contains(&error.code()) {
                    self.observer.found(Check::DocumentedErrors, format!("{what}: {error:?}"));
                }
                None
            }
        }
    }
}

/// Counts the calls under way: when all tasks are idle there are none.
struct Busy<'w>(&'w Observer);

impl<'w> Busy<'w> {
    fn begin(observer: &'w Observer) -> Self {
        observer.lock().busy += 1;
        Self(observer)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.lock().busy -= 1;
    }
}

fn name(store: &Storage, pool: &str) -> PoolName {
    PoolName::new(store.location(), pool)
}

/// Lets other tasks run so many times.
pub async fn yield_turns(turns: i64) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}
