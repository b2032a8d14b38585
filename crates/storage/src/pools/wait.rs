//! A wait under way. Its caller, the room it waits in and a manual clock may all try for it: one at a
//! time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use uuid::Uuid;

use super::acquire::Acquire;
use super::claim::Mode;
use super::keeper::SlotLease;
use super::model::ClaimStatus;
use super::room::{Shape, Told, shape_of};
use super::rows::StepId;
use super::waits::Abort;
use crate::error::{Code, Error, Result};
use crate::records::BoxFuture;
use crate::store::Store;

pub struct Wait {
    /// Given by the room.
    pub(super) number: u64,
    pub(super) step: StepId,
    pub(super) shape: Shape,
    pub(super) deadline: Option<i64>,
    store: Store,
    request: Acquire,
    abort: Arc<Abort>,
    /// Its caller went away: no claim is begun for it any more.
    abandoned: AtomicBool,
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
    pub(super) fn enter(store: &Store, mut request: Acquire, abort: Arc<Abort>) -> Result<Arc<Self>> {
        let claim = &mut request.claim;
        claim.attempt.get_or_insert_with(|| Uuid::new_v4().to_string());
        let step = StepId::new(&claim.run_id, &claim.step_key);
        let shape = shape_of(claim.merged()?.into_iter().map(|(pool, slots)| (store.pool_id(&pool), slots)));
        let deadline = request.timeout_ms.map(|timeout| store.now().saturating_add(timeout));
        store.waits().enter(&step)?;
        let store = store.clone();
        Ok(Self::in_room(|number| Self {
            number,
            step,
            shape,
            deadline,
            store,
            request,
            abort,
            abandoned: AtomicBool::new(false),
            progress: tokio::sync::Mutex::default(),
            ended: Notify::new(),
        }))
    }

    fn in_room(wait: impl FnOnce(u64) -> Self) -> Arc<Self> {
        let wait = Arc::new(wait(super::room::next_number()));
        wait.store.room().enter(&wait);
        wait.store.base().watch_room();
        wait
    }

    pub(super) fn ended(&self) -> Notified<'_> {
        self.ended.notified()
    }

    pub(super) fn attempt_of_caller(self: Arc<Self>) -> BoxFuture<'static, bool> {
        Box::pin(async move { self.attempt(true).await })
    }

    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
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
        self.store.room().leave(self);
        self.ended.notify_waiters();
        true
    }

    /// Of a wait that has ended.
    pub(super) async fn outcome(&self) -> Result<SlotLease> {
        let outcome = self.progress.lock().await.outcome.take();
        outcome.unwrap_or_else(|| Err(Error::internal("a wait ended without an outcome")))
    }

    async fn claim_once(&self, progress: &mut Progress, may_time_out: bool) -> Result<Option<SlotLease>> {
        self.may_go_on().await?;
        let mode = if progress.entered { Mode::Staying } else { Mode::Entering };
        let Acquire { claim, renew, events, .. } = &self.request;
        let reason = match self.store.claim(claim.clone(), mode, *events).await? {
            ClaimStatus::Claimed(grant) => {
                let lease = SlotLease::keep(self.store.clone(), claim, &grant, *renew, *events);
                // Before it was kept, nobody could tell it.
                match self.store.room().told(self) {
                    Told::Nothing => {}
                    Told::Held(grant) => lease.hear(Some(&grant)),
                    Told::Gone => lease.hear(None),
                }
                return Ok(Some(lease));
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
        if self.store.is_cancelled(&self.step.run).await? {
            let message = format!("the cancellation of run '{}' was requested", self.step.run);
            return Err(Error::new(Code::Cancelled, message));
        }
        if self.abandoned.load(Ordering::SeqCst) {
            return Err(Error::new(Code::Cancelled, format!("nobody waits for {} any more", self.describe())));
        }
        Ok(())
    }

    /// Resolves when there is something to see to that the room does not know of.
    pub(super) async fn called_off(&self, ended: impl Future<Output = ()>) {
        tokio::select! {
            () = ended => {}
            () = self.store.base().until(self.deadline.unwrap_or(i64::MAX)) => {}
            () = self.store.waits().closed() => {}
            () = self.abort.aborted() => {}
        }
    }

    fn describe(&self) -> String {
        let pools = self.request.claim.pools.iter().map(|(pool, slots)| format!("{slots} of '{pool}'"));
        let (run, step) = (&self.step.run, &self.step.step);
        format!("the claim of {} by step '{step}' of run '{run}'", pools.collect::<Vec<_>>().join(", "))
    }

    pub(super) async fn leave(&self) {
        let mut progress = self.progress.lock().await;
        progress.ended = true;
        match progress.outcome.take() {
            Some(Ok(lease)) => drop(lease.release().await),
            None if progress.entered => drop(self.store.leave_queue(self.step.clone()).await),
            // It has left, or has never come.
            Some(Err(_)) | None => {}
        }
        self.store.room().leave(self);
        self.store.waits().leave(&self.step);
    }
}
