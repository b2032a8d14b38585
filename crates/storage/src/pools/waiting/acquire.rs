//! Waits natively until a claim is granted: the caller's side.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::super::model::SlotClaim;
use super::keep_alive::SlotLease;
use super::wait::Wait;
use super::wait_scope::WaitScope;
use crate::error::{Error, Result};
use crate::records::BoxFuture;

/// A claim to wait for.
#[derive(Clone, Debug)]
pub struct Acquire {
    /// The claim.
    pub claim: SlotClaim,
    /// After how many milliseconds the wait fails with `Code::Timeout`. Default: never.
    pub timeout_ms: Option<i64>,
    /// Whether the lease is renewed until it is released.
    pub renew: bool,
    /// Whether the events of the step's waiting, claim, renewals and release are stored.
    pub events: bool,
}

/// A lease that is kept alive must be long enough for a renewal to come in time.
const SHORTEST_LEASE_MS: i64 = 100;

impl WaitScope {
    /// Waits until the claim is granted. Fails with `Code::Cancelled` if the wait is aborted, the run is cancelled or
    /// the queue entry removed; with `Code::Timeout`; with `Code::Closed` when the scope is closed; with
    /// `Code::Conflict` if the step already waits or holds a lease, or would wait for ever; and as a claim does. Then
    /// neither a queue entry nor a lease is left.
    pub async fn acquire_slots(self: &Arc<Self>, request: Acquire, abort: CancellationToken) -> Result<SlotLease> {
        if let Some(lease_ms) = request.claim.lease_ms.filter(|lease_ms| *lease_ms < SHORTEST_LEASE_MS) {
            return Err(Error::invalid("claim.leaseDuration", lease_ms, "at least 100 ms"));
        }
        let wait = Wait::enter(self, request, abort)?;
        Acquiring { wait: Some(wait), attempt: None }.lease().await
    }
}

/// Dropping it before the wait has ended leaves neither a queue entry nor a lease.
struct Acquiring {
    wait: Option<Arc<Wait>>,
    /// The attempt under way. It runs to its end even when the caller is dropped: only it knows what it has stored.
    attempt: Option<BoxFuture<'static, bool>>,
}

impl Acquiring {
    async fn lease(mut self) -> Result<SlotLease> {
        let Some(wait) = self.wait.clone() else { return Err(Error::internal("a wait was left twice")) };
        loop {
            // Listens before the attempt, so that it misses nothing that happens after the attempt.
            let mut ended = std::pin::pin!(wait.ended());
            ended.as_mut().enable();
            let attempt = self.attempt.insert(Arc::clone(&wait).attempt_of_caller());
            let has_ended = match wait.given_up() {
                None => attempt.await,
                // Dropped here, the attempt goes on in the background and leaves nothing.
                Some(given_up) => tokio::select! {
                    biased;
                    has_ended = attempt => has_ended,
                    error = given_up => return Err(error),
                },
            };
            self.attempt = None;
            if has_ended {
                // An attempt of the dispatcher may still own the wait: until it is done, the lease has no other owner.
                let outcome = wait.outcome().await;
                self.wait = None;
                return outcome;
            }
            wait.interrupted(ended).await;
        }
    }
}

impl Drop for Acquiring {
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
