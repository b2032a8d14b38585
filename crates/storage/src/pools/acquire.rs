//! Waiting natively until a claim is granted: what a caller sees of it.

use std::sync::Arc;

use super::keeper::SlotLease;
use super::model::SlotClaim;
use super::wait::Wait;
use super::waits::Abort;
use crate::error::{Error, Result};
use crate::records::BoxFuture;
use crate::store::Store;

#[derive(Clone, Debug)]
pub struct Acquire {
    pub claim: SlotClaim,
    pub timeout_ms: Option<i64>,
    /// Whether the lease is renewed until it is released.
    pub renew: bool,
    /// Whether the step's events of waiting, claim, renewals and release are stored.
    pub events: bool,
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
        let wait = Wait::enter(self, request, abort)?;
        Leaving { wait: Some(wait), attempt: None }.lease().await
    }
}

/// A caller that goes away before the wait has ended leaves no place in a queue and no lease.
struct Leaving {
    wait: Option<Arc<Wait>>,
    /// The try that is under way. It is brought to its end whoever goes away: what it has stored only it knows.
    attempt: Option<BoxFuture<'static, bool>>,
}

impl Leaving {
    async fn lease(mut self) -> Result<SlotLease> {
        let Some(wait) = self.wait.clone() else { return Err(Error::internal("a wait was left twice")) };
        loop {
            // Before the try, so that nothing that happens after it is missed.
            let mut ended = std::pin::pin!(wait.ended());
            ended.as_mut().enable();
            let attempt = self.attempt.insert(Arc::clone(&wait).attempt_of_caller());
            let has_ended = attempt.await;
            self.attempt = None;
            if has_ended {
                // Whoever has tried for it, too, may have the wait in hand: until then the lease is in nobody's.
                let outcome = wait.outcome().await;
                self.wait = None;
                return outcome;
            }
            wait.called_off(ended).await;
        }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let (Some(wait), Ok(runtime)) = (self.wait.take(), tokio::runtime::Handle::try_current()) {
            wait.abandon();
            let attempt = self.attempt.take();
            runtime.spawn(async move {
                if let Some(attempt) = attempt {
                    attempt.await;
                }
                wait.leave().await;
            });
        }
    }
}
