//! Waiting natively until a claim is granted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;
use uuid::Uuid;

use super::claim::Mode;
use super::keeper::SlotLease;
use super::model::{ClaimStatus, SlotClaim};
use super::rows::{PoolId, StepId, end_from, ends_of};
use super::sweep::PROCESS_LIFE_MS;
use super::waits::Abort;
use crate::error::{Code, Error, Result};
use crate::records::{Direction, Table};
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
        let wait = Wait::enter(self, request, abort)?;
        let guard = Leaving { wait: Some(wait) };
        guard.lease().await
    }

    /// When the next lease or place in the queues of these pools ends.
    async fn next_end_in(&self, pools: &[(String, i64)]) -> Result<Option<i64>> {
        let view = self.view().await?;
        let mut next: Option<i64> = None;
        for (pool, _) in pools {
            let id = PoolId { location: self.location.clone(), pool: pool.into() };
            for table in [Table::Slot, Table::PlaceEnd] {
                for row in view.scan(&ends_of(table, &id), Direction::Forward, 1).await? {
                    let (_, end) = end_from(row)?;
                    next = Some(next.map_or(end, |next| next.min(end)));
                }
            }
        }
        Ok(next)
    }
}

/// A wait under way. It tries again whenever something changed, and so does a manual clock for it:
/// one at a time.
pub struct Wait {
    store: Store,
    step: StepId,
    claim: SlotClaim,
    renew: bool,
    deadline: Option<i64>,
    abort: Arc<Abort>,
    progress: tokio::sync::Mutex<Progress>,
    ended: Notify,
}

#[derive(Default)]
struct Progress {
    entered: bool,
    ended: bool,
    outcome: Option<Result<SlotLease>>,
}

impl Wait {
    fn enter(store: &Store, request: Acquire, abort: Arc<Abort>) -> Result<Arc<Self>> {
        let Acquire { mut claim, timeout_ms, renew } = request;
        claim.wait_ttl_ms = PROCESS_LIFE_MS;
        claim.attempt.get_or_insert_with(|| Uuid::new_v4().to_string());
        let step = StepId::new(&claim.run_id, &claim.step_key);
        store.waits().enter(&step)?;
        let deadline = timeout_ms.map(|timeout| store.now().saturating_add(timeout));
        let (progress, ended) = (tokio::sync::Mutex::default(), Notify::new());
        let wait = Arc::new(Self { store: store.clone(), step, claim, renew, deadline, abort, progress, ended });
        store.waiters().add(&wait);
        Ok(wait)
    }

    /// Whether it has ended, by this try or before.
    pub(super) async fn attempt(&self, may_time_out: bool) -> bool {
        let mut progress = self.progress.lock().await;
        if progress.ended {
            return true;
        }
        let outcome = match self.claim_once(&mut progress, may_time_out).await {
            Ok(None) => return false,
            Ok(Some(lease)) => Ok(lease),
            Err(error) => {
                if progress.entered {
                    // The error that ended the wait tells more than one of leaving.
                    drop(self.store.leave_queue(self.step.clone()).await);
                }
                self.store.waits().leave(&self.step);
                Err(error)
            }
        };
        progress.ended = true;
        progress.outcome = Some(outcome);
        self.ended.notify_waiters();
        true
    }

    async fn claim_once(&self, progress: &mut Progress, may_time_out: bool) -> Result<Option<SlotLease>> {
        self.may_go_on().await?;
        let mode = if progress.entered { Mode::Staying } else { Mode::Entering };
        let reason = match self.store.claim(self.claim.clone(), mode).await? {
            ClaimStatus::Claimed(grant) => {
                return Ok(Some(SlotLease::keep(self.store.clone(), &self.claim, &grant, self.renew)));
            }
            ClaimStatus::Pending { reason, .. } => reason,
        };
        progress.entered = true;
        if reason.unsatisfiable && self.deadline.is_none() {
            return Err(Error::conflict(format!("{} exceeds a limit: it could wait for ever", self.describe())));
        }
        if may_time_out && self.deadline.is_some_and(|deadline| deadline <= self.store.now()) {
            return Err(Error::new(Code::Timeout, format!("{} was not granted in time", self.describe())));
        }
        Ok(None)
    }

    async fn may_go_on(&self) -> Result<()> {
        if self.store.waits().is_closed() {
            return Err(Error::closed());
        }
        if self.abort.is_aborted() {
            return Err(Error::new(Code::Cancelled, format!("{} was aborted", self.describe())));
        }
        if self.store.is_cancelled(&self.claim.run_id).await? {
            let message = format!("the cancellation of run '{}' was requested", self.claim.run_id);
            return Err(Error::new(Code::Cancelled, message));
        }
        Ok(())
    }

    async fn changed(&self, freed: impl Future<Output = ()>, ended: impl Future<Output = ()>) {
        // A failing look at what is next is the next try's to report.
        let expiry = self.store.next_end_in(&self.claim.pools).await.ok().flatten();
        let next = expiry.into_iter().chain(self.deadline).min().unwrap_or(i64::MAX);
        tokio::select! {
            () = freed => {}
            () = ended => {}
            () = self.store.until(next.max(self.store.now() + 1)) => {}
            () = self.store.waits().closed() => {}
            () = self.abort.aborted() => {}
        }
    }

    fn describe(&self) -> String {
        let pools: Vec<String> = self.claim.pools.iter().map(|(pool, slots)| format!("{slots} of '{pool}'")).collect();
        let (run, step) = (&self.step.run, &self.step.step);
        format!("the claim of {} by step '{step}' of run '{run}'", pools.join(", "))
    }

    async fn leave(&self) {
        let mut progress = self.progress.lock().await;
        progress.ended = true;
        if let Some(Ok(lease)) = progress.outcome.take() {
            drop(lease.release().await);
        } else if progress.entered {
            drop(self.store.leave_queue(self.step.clone()).await);
        }
        self.store.waits().leave(&self.step);
    }
}

/// A caller that goes away before the wait has ended leaves no place in a queue and no lease.
struct Leaving {
    wait: Option<Arc<Wait>>,
}

impl Leaving {
    async fn lease(mut self) -> Result<SlotLease> {
        let Some(wait) = self.wait.clone() else { return Err(Error::internal("a wait was left twice")) };
        loop {
            // Before the try, so that nothing that happens after it is missed.
            let mut freed = std::pin::pin!(wait.store.freed().notified());
            freed.as_mut().enable();
            let mut ended = std::pin::pin!(wait.ended.notified());
            ended.as_mut().enable();
            if wait.attempt(true).await {
                self.wait = None;
                let outcome = wait.progress.lock().await.outcome.take();
                return outcome.unwrap_or_else(|| Err(Error::internal("a wait ended without an outcome")));
            }
            wait.changed(freed, ended).await;
        }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let (Some(wait), Ok(runtime)) = (self.wait.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move { wait.leave().await });
        }
    }
}

/// All waits of this process, in the order in which they began.
#[derive(Default)]
pub struct Waiters(Mutex<Vec<Weak<Wait>>>);

impl Waiters {
    fn add(&self, wait: &Arc<Wait>) {
        let mut waits = self.waits();
        // Now and then, so that a long list is not walked for every new one.
        if waits.len() == waits.capacity() {
            waits.retain(|wait| wait.strong_count() > 0);
        }
        waits.push(Arc::downgrade(wait));
    }

    /// The next time at which one of them gives up.
    pub(super) fn next_deadline(&self, after: i64) -> Option<i64> {
        self.alive().iter().filter_map(|wait| wait.deadline).filter(|deadline| *deadline > after).min()
    }

    /// For a manual clock: whoever can be granted now is, then whoever has waited too long gives up.
    pub(super) async fn act(&self) {
        for may_time_out in [false, true] {
            let mut waiting = self.alive();
            loop {
                let before = waiting.len();
                let mut still = Vec::with_capacity(before);
                for wait in waiting {
                    if !wait.attempt(may_time_out).await {
                        still.push(wait);
                    }
                }
                waiting = still;
                if waiting.len() == before {
                    break;
                }
            }
        }
    }

    fn alive(&self) -> Vec<Arc<Wait>> {
        self.waits().iter().filter_map(Weak::upgrade).collect()
    }

    fn waits(&self) -> MutexGuard<'_, Vec<Weak<Wait>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
