//! Clients that wait natively, and whose leases are kept alive.

use rivers_storage_testing::check::Check;
use std::sync::Arc;

use rivers_storage::pools::{Acquire, ClaimStatus, SlotClaim, SlotLease};
use rivers_storage::{Code, Result};
use tokio_util::sync::CancellationToken;

use super::calls::yield_turns;
use super::client::Client;
use crate::observer::call::{Asked, Call};
use crate::observer::state::StepName;
use crate::world::process::Process;

/// Until it is granted, is cancelled or times out; some clients drop the wait.
pub async fn wait(client: &Client, claim: SlotClaim) {
    let random = &client.process.random;
    let timeout_ms = random.one_in(2).then(|| random.between(0..=40) * 250);
    let (renew, events) = (!random.one_in(4), random.one_in(5));
    let request = Acquire { claim, timeout_ms, renew, events };
    let wait = Wait::begin(client, &request);
    if random.one_in(5) {
        wait.cancel_later();
    }
    let leaves = async {
        match random.between(1..=12) {
            1 => client.process.sleep(random.between(0..=20) * 250).await,
            // Perhaps in the middle of a transaction.
            2 => yield_turns(random.between(0..=8)).await,
            _ => std::future::pending().await,
        }
    };
    let acquired = tokio::select! {
        biased;
        acquired = wait.acquire(client, request) => Some(acquired),
        () = leaves => None,
    };
    match acquired {
        Some(Ok(lease)) => hold(client, lease).await,
        Some(Err(error)) => wait.failed(error.code()),
        None => client.process.observer.count("waits abandoned"),
    }
}

pub async fn wait_until_granted(client: &Client, claim: SlotClaim) {
    let request = Acquire { claim, timeout_ms: None, renew: true, events: false };
    let wait = Wait::begin(client, &request);
    if let Ok(lease) = wait.acquire(client, request).await {
        client.rest(4).await;
        release(client, &lease).await;
    }
}

/// A wait that is registered with the observer.
struct Wait {
    process: Process,
    number: u64,
    deadline: Option<i64>,
    cancel: CancellationToken,
}

impl Wait {
    fn begin(client: &Client, request: &Acquire) -> Self {
        let process = client.process.clone();
        let deadline = request.timeout_ms.map(|timeout| process.now() + timeout);
        let asked = Asked::of(client.store.location(), &request.claim);
        let number = process.observer.lock().waits.enter(asked, deadline);
        Self { process, number, deadline, cancel: CancellationToken::new() }
    }

    async fn acquire(&self, client: &Client, request: Acquire) -> Result<Arc<SlotLease>> {
        let acquired = client.store.acquire_slots(request, self.cancel.clone());
        let acquired = Call::Acquire(self.number).run(acquired).await.map(Arc::new);
        let mut observed = self.process.observer.lock();
        observed.waits.end(self.number);
        if let Ok(lease) = &acquired {
            observed.waits.keep_alive(Arc::downgrade(lease));
        }
        acquired
    }

    fn cancel_later(&self) {
        let (process, number, cancel) = (self.process.clone(), self.number, self.cancel.clone());
        let after = process.random.between(0..=20) * 250;
        tokio::spawn(async move {
            process.sleep(after).await;
            process.observer.lock().waits.cancel_wait(number);
            cancel.cancel();
        });
    }

    fn failed(&self, code: Code) {
        let what = match code {
            Code::Timeout => "waits timed out",
            Code::Cancelled => "waits cancelled",
            Code::Conflict => "waits refused",
            Code::Closed => "waits closed",
            Code::NotFound => "waits for unknown pools",
            _ => {
                let how = format!("a wait ended with {}", code.as_str());
                return self.process.observer.found(Check::DocumentedErrors, how);
            }
        };
        self.process.observer.count(what);
        if code == Code::Timeout && self.deadline.is_none_or(|deadline| deadline > self.process.now()) {
            self.process.observer.found(Check::DocumentedErrors, format!("timed out before {:?}", self.deadline));
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.process.observer.lock().waits.abandon(self.number);
    }
}

async fn hold(client: &Client, lease: Arc<SlotLease>) {
    let Client { process, store, .. } = client;
    let random = &process.random;
    let grant = lease.grant().clone();
    let step = StepName::new(&grant.run_id, &grant.step_key);
    for _ in 0..random.between(0..=3) {
        match random.between(1..=6) {
            1..=3 => client.rest(process.plan.longest_lease * 2).await,
            4 => process.store_event(store, &step, grant.token).await,
            5 => process.renew(store, &step, None, Some(grant.token)).await,
            _ => {
                let pool = (*random.pick(&process.plan.pools)).to_owned();
                let claim = SlotClaim::new(&step.run, &step.key, &[(&pool, 1)]);
                if let Some(ClaimStatus::Claimed(_)) = process.claim(store, &claim).await {
                    process.observer.count("kept-alive leases taken over");
                }
            }
        }
        if lease.lost().is_some() {
            process.observer.count("kept-alive leases lost");
        }
    }
    match random.between(1..=5) {
        1..=3 => release(client, &lease).await,
        4 => process.free(store, &step, None).await,
        _ => process.observer.count("kept-alive leases not released"),
    }
}

async fn release(client: &Client, lease: &SlotLease) {
    let grant = lease.grant();
    let step = StepName::new(&grant.run_id, &grant.step_key);
    client.process.call(Call::Free(step, Some(grant.token)), &[], lease.release()).await;
}
