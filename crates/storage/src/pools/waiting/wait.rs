//! A wait under way. Its caller, the dispatcher and a manual clock may all attempt its claim, one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::claims::Mode;
use super::super::model::ClaimStatus;
use super::super::rows::StepId;
use super::acquire::Acquire;
use super::dispatcher::next_number;
use super::keep_alive::SlotLease;
use super::lines::{Demand, demand_of};
use super::registry::LeaseChange;
use super::wait_scope::WaitScope;
use crate::error::{Code, Error, Result};
use crate::records::BoxFuture;

pub struct Wait {
    /// Given by the dispatcher.
    pub(super) number: u64,
    pub(super) step: StepId,
    pub(super) demand: Demand,
    pub(super) deadline: Option<i64>,
    scope: Arc<WaitScope>,
    request: Acquire,
    abort: CancellationToken,
    /// Its caller was dropped: no attempt begins any more.
    abandoned: AtomicBool,
    state: tokio::sync::Mutex<WaitState>,
    ended: Notify,
}

#[derive(Default)]
struct WaitState {
    /// It has a queue entry.
    entered: bool,
    ended: bool,
    outcome: Option<Result<SlotLease>>,
}

impl Wait {
    pub(super) fn enter(scope: &Arc<WaitScope>, mut request: Acquire, abort: CancellationToken) -> Result<Arc<Self>> {
        let (claim, store) = (&mut request.claim, scope.store());
        claim.attempt.get_or_insert_with(|| Uuid::new_v4().to_string());
        let step = StepId::new(&claim.run_id, &claim.step_key);
        let demand = demand_of(claim.merged()?.into_iter().map(|(pool, slots)| (store.pool_id(&pool), slots)));
        let deadline = request.timeout_ms.map(|timeout| store.now().saturating_add(timeout));
        scope.enter(&step)?;
        let wait = Arc::new(Self {
            number: next_number(),
            step,
            demand,
            deadline,
            scope: Arc::clone(scope),
            request,
            abort,
            abandoned: AtomicBool::new(false),
            state: tokio::sync::Mutex::default(),
            ended: Notify::new(),
        });
        scope.service().dispatcher().enter(&wait);
        scope.service().start_watch();
        Ok(wait)
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

    /// Whether it has ended, by this attempt or an earlier one.
    pub(super) async fn attempt(&self, may_time_out: bool) -> bool {
        let mut state = self.state.lock().await;
        if state.ended {
            return true;
        }
        let outcome = match self.claim_once(&mut state, may_time_out).await {
            Ok(None) => return false,
            Ok(Some(lease)) => Ok(lease),
            Err(error) => {
                if state.entered {
                    // An error of leaving would hide the error that ended the wait.
                    drop(self.scope.store().leave_queue(self.step.clone()).await);
                }
                self.scope.leave(&self.step);
                Err(error)
            }
        };
        state.ended = true;
        state.outcome = Some(outcome);
        self.scope.service().dispatcher().leave(self);
        self.ended.notify_waiters();
        true
    }

    /// Once, for a wait that has ended.
    pub(super) async fn outcome(&self) -> Result<SlotLease> {
        let outcome = self.state.lock().await.outcome.take();
        outcome.unwrap_or_else(|| Err(Error::internal("a wait ended without an outcome")))
    }

    async fn claim_once(&self, state: &mut WaitState, may_time_out: bool) -> Result<Option<SlotLease>> {
        self.check_may_go_on().await?;
        let dispatcher = self.scope.service().dispatcher();
        let mode = if state.entered {
            Mode::Staying
        } else {
            Mode::Entering { process: self.scope.service().process().clone() }
        };
        let Acquire { claim, renew, events, .. } = &self.request;
        let attempt = dispatcher.begin_attempt();
        let claimed = self.scope.store().claim(claim.clone(), mode, *events).await?;
        let reason = match claimed.status {
            ClaimStatus::Claimed(grant) => {
                let lease = SlotLease::keep(&self.scope, claim, &grant, *renew, *events);
                // A commit between the grant and this line did not find the kept lease.
                match dispatcher.lease_change(self) {
                    LeaseChange::None => {}
                    LeaseChange::Held(grant) => lease.on_change(Some(&grant)),
                    LeaseChange::Gone => lease.on_change(None),
                }
                return Ok(Some(lease));
            }
            ClaimStatus::Pending { reason, .. } => reason,
        };
        attempt.pending(self, &claimed.reserved_by);
        state.entered = true;
        if reason.unsatisfiable && self.deadline.is_none() {
            return Err(Error::conflict(format!("{} exceeds a limit: it could wait for ever", self.describe())));
        }
        if may_time_out && self.deadline.is_some_and(|deadline| deadline <= self.scope.store().now()) {
            return Err(Error::new(Code::Timeout, format!("{} was not granted in time", self.describe())));
        }
        Ok(None)
    }

    async fn check_may_go_on(&self) -> Result<()> {
        if self.scope.is_closed() {
            return Err(Error::closed());
        }
        if self.abort.is_cancelled() {
            return Err(Error::new(Code::Cancelled, format!("{} was aborted", self.describe())));
        }
        if self.scope.store().is_cancelled(&self.step.run).await? {
            let message = format!("the cancellation of run '{}' was requested", self.step.run);
            return Err(Error::new(Code::Cancelled, message));
        }
        if self.abandoned.load(Ordering::SeqCst) {
            return Err(Error::new(Code::Cancelled, format!("the caller of {} is gone", self.describe())));
        }
        Ok(())
    }

    /// Resolves when something ends the wait that the dispatcher does not notice.
    pub(super) async fn interrupted(&self, ended: impl Future<Output = ()>) {
        tokio::select! {
            () = ended => {}
            () = self.scope.service().until(self.deadline.unwrap_or(i64::MAX)) => {}
            () = self.scope.closed() => {}
            () = self.abort.cancelled() => {}
        }
    }

    fn describe(&self) -> String {
        let pools = self.request.claim.pools.iter().map(|(pool, slots)| format!("{slots} of '{pool}'"));
        let (run, step) = (&self.step.run, &self.step.step);
        format!("the claim of {} by step '{step}' of run '{run}'", pools.collect::<Vec<_>>().join(", "))
    }

    pub(super) async fn leave(&self) {
        let mut state = self.state.lock().await;
        state.ended = true;
        match state.outcome.take() {
            Some(Ok(lease)) => drop(lease.release().await),
            None if state.entered => drop(self.scope.store().leave_queue(self.step.clone()).await),
            // It has left the queue, or never entered it.
            Some(Err(_)) | None => {}
        }
        self.scope.service().dispatcher().leave(self);
        self.scope.leave(&self.step);
    }
}
