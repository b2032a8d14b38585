//! Waiting natively until a claim is granted.

use std::sync::Arc;

use uuid::Uuid;

use super::claim::Mode;
use super::keeper::SlotLease;
use super::model::{ClaimStatus, SlotClaim};
use super::rows::{Expiry, PoolId, StepId, expiries_of};
use super::sweep::PROCESS_LIFE_MS;
use super::waits::Abort;
use crate::error::{Code, Error, Result};
use crate::records::Direction;
use crate::store::Store;

#[derive(Clone, Debug)]
pub struct Acquire {
    pub claim: SlotClaim,
    pub timeout_ms: Option<i64>,
    /// Whether the lease is renewed until it is released.
    pub renew: bool,
}

/// A lease that is kept must live long enough for a renewal to come in time.
const SHORTEST_LEASE_MS: i64 = 100;

impl Store {
    /// Waits until granted. Ends early when aborted, when the time is over, when the storage is closed,
    /// and when the run is cancelled or its place in the queue removed; then nothing is left behind.
    pub async fn acquire_slots(&self, request: Acquire, abort: Arc<Abort>) -> Result<SlotLease> {
        if let Some(lease_ms) = request.claim.lease_ms.filter(|lease_ms| *lease_ms < SHORTEST_LEASE_MS) {
            return Err(Error::invalid("claim.leaseDuration", lease_ms, "at least 100 ms"));
        }
        let mut claim = request.claim;
        claim.wait_ttl_ms = PROCESS_LIFE_MS;
        claim.attempt.get_or_insert_with(|| Uuid::new_v4().to_string());
        let deadline = request.timeout_ms.map(|timeout| self.now().saturating_add(timeout));
        let step = StepId::new(&claim.run_id, &claim.step_key);
        self.waits().enter(&step)?;
        let mut wait = Wait { store: self.clone(), step, entered: false, granted: false };
        let grant = wait.granted(&claim, deadline, &abort).await;
        match grant {
            Ok(grant) => {
                wait.granted = true;
                Ok(SlotLease::keep(self.clone(), &claim, &grant, request.renew))
            }
            Err(error) => {
                if wait.entered {
                    self.leave_queue(wait.step.clone()).await?;
                    wait.entered = false;
                }
                Err(error)
            }
        }
    }

    /// When the next lease or place in the queues of these pools ends.
    async fn next_expiry(&self, pools: &[(String, i64)]) -> Result<Option<i64>> {
        let view = self.view().await?;
        let mut next: Option<i64> = None;
        for (pool, _) in pools {
            let id = PoolId { location: self.location.clone(), pool: pool.into() };
            for row in view.scan(&expiries_of(&id), Direction::Forward, 1).await? {
                let at = Expiry::from_row(row)?.at;
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        Ok(next)
    }
}

struct Wait {
    store: Store,
    step: StepId,
    entered: bool,
    granted: bool,
}

impl Wait {
    async fn granted(&mut self, claim: &SlotClaim, deadline: Option<i64>, abort: &Abort) -> Result<super::Grant> {
        let store = self.store.clone();
        loop {
            // Before the claim, so that nothing that happens after it is missed.
            let mut freed = std::pin::pin!(store.freed().notified());
            freed.as_mut().enable();
            self.may_go_on(claim, abort).await?;
            let mode = if self.entered { Mode::Staying } else { Mode::Entering };
            let reason = match store.claim(claim.clone(), mode).await? {
                ClaimStatus::Claimed(grant) => return Ok(grant),
                ClaimStatus::Pending { reason, .. } => reason,
            };
            self.entered = true;
            if reason.unsatisfiable && deadline.is_none() {
                return Err(Error::conflict("the claim exceeds a limit: it could wait for ever"));
            }
            let now = store.now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Err(Error::new(Code::Timeout, "the slots were not granted in time"));
            }
            let next = store.next_expiry(&claim.pools).await?.into_iter().chain(deadline).min().unwrap_or(i64::MAX);
            tokio::select! {
                () = freed => {}
                () = store.until(next.max(now + 1)) => {}
                () = store.waits().closed() => {}
                () = abort.aborted() => {}
            }
        }
    }

    async fn may_go_on(&self, claim: &SlotClaim, abort: &Abort) -> Result<()> {
        if self.store.waits().is_closed() {
            return Err(Error::closed());
        }
        if abort.is_aborted() {
            return Err(Error::new(Code::Cancelled, "the wait was aborted"));
        }
        if self.store.is_cancelled(&claim.run_id).await? {
            let message = format!("the cancellation of run '{}' was requested", claim.run_id);
            return Err(Error::new(Code::Cancelled, message));
        }
        Ok(())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if self.granted {
            return;
        }
        self.store.waits().leave(&self.step);
        // A caller that went away cannot wait for its place to be removed.
        if self.entered
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (store, step) = (self.store.clone(), self.step.clone());
            runtime.spawn(async move { store.leave_queue(step).await });
        }
    }
}
