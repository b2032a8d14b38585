//! Claimers that wait natively, and keep what they were given.

use std::sync::Arc;

use rivers_storage::pools::{Acquire, ClaimStatus, SlotClaim, SlotLease};
use rivers_storage::{Code, Result};
use tokio_util::sync::CancellationToken;

use super::calls::passing;
use super::claimer::Claimer;
use crate::invariants::Promise;
use crate::witness::call::{Asked, Call};
use crate::witness::state::StepName;
use crate::world::life::Life;

/// Until granted, or aborted, or too late; some go away without a word.
pub async fn waits(claimer: &Claimer, claim: SlotClaim) {
    let dice = &claimer.life.dice;
    let timeout_ms = dice.one_in(2).then(|| dice.between(0..=40) * 250);
    let (renew, events) = (!dice.one_in(4), dice.one_in(5));
    let request = Acquire { claim, timeout_ms, renew, events };
    let wait = Wait::begin(claimer, &request);
    if dice.one_in(5) {
        wait.is_aborted_some_time();
    }
    let leaves = async {
        match dice.between(1..=12) {
            1 => claimer.life.sleep(dice.between(0..=20) * 250).await,
            // In the middle of a transaction.
            2 => passing(dice.between(0..=8)).await,
            _ => std::future::pending().await,
        }
    };
    let acquired = tokio::select! {
        biased;
        acquired = wait.acquire(claimer, request) => Some(acquired),
        () = leaves => None,
    };
    match acquired {
        Some(Ok(lease)) => keeps(claimer, lease).await,
        Some(Err(error)) => wait.ended_by(error.code()),
        None => claimer.life.witness.count("waits abandoned"),
    }
}

pub async fn waits_patiently(claimer: &Claimer, claim: SlotClaim) {
    let request = Acquire { claim, timeout_ms: None, renew: true, events: false };
    let wait = Wait::begin(claimer, &request);
    if let Ok(lease) = wait.acquire(claimer, request).await {
        claimer.rest(4).await;
        give_back(claimer, &lease).await;
    }
}

/// A wait that the witness knows of.
struct Wait {
    life: Life,
    number: u64,
    deadline: Option<i64>,
    abort: CancellationToken,
}

impl Wait {
    fn begin(claimer: &Claimer, request: &Acquire) -> Self {
        let life = claimer.life.clone();
        let deadline = request.timeout_ms.map(|timeout| life.now() + timeout);
        let asked = Asked::of(claimer.store.location(), &request.claim);
        let number = life.witness.inside().waits.enter(asked, deadline);
        Self { life, number, deadline, abort: CancellationToken::new() }
    }

    async fn acquire(&self, claimer: &Claimer, request: Acquire) -> Result<Arc<SlotLease>> {
        let acquired = claimer.store.acquire_slots(request, self.abort.clone());
        let acquired = Call::Acquire(self.number).does(acquired).await.map(Arc::new);
        let mut inside = self.life.witness.inside();
        inside.waits.end(self.number);
        if let Ok(lease) = &acquired {
            inside.waits.keep(Arc::downgrade(lease));
        }
        acquired
    }

    fn is_aborted_some_time(&self) {
        let (life, number, abort) = (self.life.clone(), self.number, self.abort.clone());
        let after = life.dice.between(0..=20) * 250;
        tokio::spawn(async move {
            life.sleep(after).await;
            life.witness.inside().waits.abort(number);
            abort.cancel();
        });
    }

    fn ended_by(&self, code: Code) {
        let what = match code {
            Code::Timeout => "waits too long",
            Code::Cancelled => "waits cancelled",
            Code::Conflict => "waits refused",
            Code::Closed => "waits closed",
            Code::NotFound => "waits for unknown pools",
            _ => {
                let how = format!("a wait ended with {}", code.as_str());
                return self.life.witness.broken(Promise::RightErrors, how);
            }
        };
        self.life.witness.count(what);
        if code == Code::Timeout && self.deadline.is_none_or(|deadline| deadline > self.life.now()) {
            self.life.witness.broken(Promise::RightErrors, format!("timed out before {:?}", self.deadline));
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.life.witness.inside().waits.abandon(self.number);
    }
}

async fn keeps(claimer: &Claimer, lease: Arc<SlotLease>) {
    let Claimer { life, store, .. } = claimer;
    let dice = &life.dice;
    let grant = lease.grant().clone();
    let step = StepName { run: grant.run_id.clone(), step: grant.step_key.clone() };
    for _ in 0..dice.between(0..=3) {
        match dice.between(1..=6) {
            1..=3 => claimer.rest(life.plan.longest_lease * 2).await,
            4 => life.tell(store, &step, grant.token).await,
            5 => life.renew(store, &step, None, Some(grant.token)).await,
            _ => {
                let pool = (*dice.pick(&life.plan.pools)).to_owned();
                let claim = SlotClaim::new(&step.run, &step.step, &[(&pool, 1)]);
                if let Some(ClaimStatus::Claimed(_)) = life.claim(store, &claim).await {
                    life.witness.count("kept leases taken over");
                }
            }
        }
        if lease.lost().is_some() {
            life.witness.count("kept leases lost");
        }
    }
    match dice.between(1..=5) {
        1..=3 => give_back(claimer, &lease).await,
        4 => life.free(store, &step, None).await,
        _ => life.witness.count("kept leases forgotten"),
    }
}

async fn give_back(claimer: &Claimer, lease: &SlotLease) {
    let grant = lease.grant();
    let step = StepName { run: grant.run_id.clone(), step: grant.step_key.clone() };
    claimer.life.call(Call::Free(step, Some(grant.token)), &[], lease.release()).await;
}
