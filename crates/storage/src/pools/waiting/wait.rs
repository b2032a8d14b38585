//! A wait under way. Its caller, the dispatcher and a manual clock may all attempt its claim, one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::claims::{Claimed, Mode, cancelled};
use super::super::model::{ClaimStatus, Grant, SlotClaim};
use super::super::rows::{StepId, Terms, Waiter};
use super::acquire::Acquire;
use super::dispatcher::next_number;
use super::keep_alive::SlotLease;
use super::lines::{Demand, demand_of};
use super::registry::LeaseChange;
use super::wait_scope::WaitScope;
use crate::error::{Code, Error, Result};
use crate::records::BoxFuture;

pub struct Wait {
    /// Another process waits; this one, which is elected, grants.
    pub(super) is_of_other: bool,
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

/// How long after its deadline a wait ends though an attempt is under way: the attempt may still succeed.
const GRACE_MS: i64 = 500;

/// How often, and after what pause, a wait tries to leave a queue that it may have entered.
const LEAVE_ATTEMPTS: usize = 20;
const LEAVE_AGAIN_AFTER: Duration = Duration::from_secs(3);

#[derive(Default)]
struct WaitState {
    /// It has a queue entry.
    entered: bool,
    /// It asked another process for the claim that enters, which may have taken place without an answer.
    may_have_entered: bool,
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
            is_of_other: false,
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

    /// The wait of another process, as its row tells it. None if only that process may grant it.
    pub(super) fn of_other(scope: &Arc<WaitScope>, waiter: &Waiter) -> Option<Arc<Self>> {
        let Terms { attempt, lease_ms, events } = waiter.terms.clone()?;
        let claim = SlotClaim {
            run_id: waiter.step.run.to_string(),
            step_key: waiter.step.step.to_string(),
            pools: waiter.pools.iter().map(|(pool, slots)| (pool.to_string(), *slots)).collect(),
            priority: -waiter.rank.minus_priority,
            lease_ms,
            attempt: Some(attempt),
            wait_ttl_ms: SlotClaim::DEFAULT_WAIT_TTL_MS,
        };
        Some(Arc::new(Self {
            is_of_other: true,
            number: next_number(),
            step: waiter.step.clone(),
            demand: demand_of(waiter.pool_ids()),
            deadline: None,
            scope: Arc::clone(scope),
            request: Acquire { claim, timeout_ms: None, renew: false, events },
            abort: CancellationToken::new(),
            abandoned: AtomicBool::new(false),
            state: tokio::sync::Mutex::new(WaitState { entered: true, ..WaitState::default() }),
            ended: Notify::new(),
        }))
    }

    /// Whether it is the wait of this row.
    pub(super) fn is_of(&self, waiter: &Waiter) -> bool {
        let attempt = waiter.terms.as_ref().map(|terms| terms.attempt.as_str());
        self.step == waiter.step
            && self.request.claim.attempt.as_deref() == attempt
            && *self.demand == *demand_of(waiter.pool_ids())
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
        if self.is_of_other {
            state.ended = self.attempt_for_other().await;
            if state.ended {
                self.scope.service().end_other(self);
            }
            return state.ended;
        }
        let outcome = match self.claim_once(&mut state, may_time_out).await {
            Ok(None) => return false,
            Ok(Some(lease)) => Ok(lease),
            Err(error) => {
                if state.entered {
                    // An error of leaving would hide the error that ended the wait.
                    drop(self.leave_queue().await);
                } else if state.may_have_entered {
                    self.leave_queue_later();
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
        let service = self.scope.service();
        let dispatcher = service.dispatcher();
        if state.entered
            && let Some(grant) = self.granted_elsewhere()
        {
            return self.keep_heard(&grant).await.map(Some);
        }
        self.check_may_go_on()?;
        // In a store that several processes have open, the claim that enters checks it.
        if (state.entered || !service.is_shared()) && self.scope.store().is_cancelled(&self.step.run).await? {
            return Err(cancelled(&self.step.run));
        }
        // Its caller may have gone meanwhile.
        self.check_may_go_on()?;
        let mode = if state.entered {
            Mode::Staying
        } else {
            Mode::Entering { process: service.process().clone(), shared: service.is_shared() }
        };
        let attempt = dispatcher.begin_attempt();
        state.may_have_entered = service.is_shared();
        let until = self.deadline.map(|deadline| deadline.saturating_add(GRACE_MS / 2));
        let claimed = self.scope.store().claim(self.request.claim.clone(), mode, self.request.events, until).await?;
        let reason = match claimed.status {
            ClaimStatus::Claimed(grant) => return Ok(Some(self.keep(&grant))),
            ClaimStatus::Pending { reason, .. } => reason,
        };
        attempt.pending(self, &claimed.reserved_by);
        state.entered = true;
        // The commit in which it entered may have granted it, too.
        if let Some(grant) = self.granted_elsewhere() {
            return self.keep_heard(&grant).await.map(Some);
        }
        if reason.unsatisfiable && self.deadline.is_none() {
            return Err(Error::conflict(format!("{} exceeds a limit: it could wait for ever", self.describe())));
        }
        if may_time_out && self.deadline.is_some_and(|deadline| deadline <= self.scope.store().now()) {
            return Err(self.timed_out());
        }
        Ok(None)
    }

    /// The grant by the process that decides for all, as far as this process has heard of it.
    fn granted_elsewhere(&self) -> Option<Grant> {
        match self.scope.service().dispatcher().lease_change(self) {
            LeaseChange::Held(grant, attempt) if self.request.claim.attempt.as_deref() == Some(attempt.as_str()) => {
                Some(grant)
            }
            _ => None,
        }
    }

    /// Another process granted a lease that may be shorter than what was asked for, until it is renewed.
    async fn keep_heard(&self, grant: &Grant) -> Result<SlotLease> {
        let lease = self.keep(grant);
        if !self.request.renew {
            let lease_ms = self.request.claim.lease_ms;
            let renewed = self.scope.store().renew(self.step.clone(), lease_ms, Some(grant.token), false).await?;
            if renewed.is_none() {
                return Err(Error::new(Code::Cancelled, format!("{} was granted and ended at once", self.describe())));
            }
        }
        Ok(lease)
    }

    fn keep(&self, grant: &Grant) -> SlotLease {
        let Acquire { claim, renew, events, .. } = &self.request;
        let lease = SlotLease::keep(&self.scope, claim, grant, *renew, *events);
        // A commit between the grant and this line did not find the kept lease.
        match self.scope.service().dispatcher().lease_change(self) {
            LeaseChange::None => {}
            LeaseChange::Held(grant, _) => lease.on_change(Some(&grant)),
            LeaseChange::Gone => lease.on_change(None),
        }
        lease
    }

    /// Whether this process has nothing more to do for the wait. The process that waits is told by the commit.
    async fn attempt_for_other(&self) -> bool {
        let service = self.scope.service();
        if !service.is_elected() || self.abandoned.load(Ordering::SeqCst) {
            return true;
        }
        let attempt = service.dispatcher().begin_attempt();
        match self.scope.store().claim(self.request.claim.clone(), Mode::Granting, self.request.events, None).await {
            Ok(Claimed { status: ClaimStatus::Pending { .. }, reserved_by }) => {
                attempt.pending(self, &reserved_by);
                false
            }
            Ok(Claimed { status: ClaimStatus::Claimed(_), .. }) => true,
            // It has left the queue, or its own process ends it. After any other error a look attempts it again.
            Err(error) => matches!(error.code(), Code::Cancelled | Code::NotFound | Code::InvalidArg),
        }
    }

    fn leave_queue(&self) -> impl Future<Output = Result<()>> + '_ {
        let attempt = self.request.claim.attempt.clone().filter(|_| self.scope.service().is_shared());
        self.scope.store().leave_queue(self.step.clone(), attempt)
    }

    /// When the server can be reached again.
    fn leave_queue_later(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (scope, step, attempt) = (Arc::clone(&self.scope), self.step.clone(), self.request.claim.attempt.clone());
        runtime.spawn(async move {
            for _ in 0..LEAVE_ATTEMPTS {
                let left = scope.store().leave_queue(step.clone(), attempt.clone()).await;
                if left.is_ok() || scope.is_closed() {
                    return;
                }
                tokio::time::sleep(LEAVE_AGAIN_AFTER).await;
            }
        });
    }

    fn check_may_go_on(&self) -> Result<()> {
        if self.scope.is_closed() {
            return Err(Error::closed());
        }
        if self.abort.is_cancelled() {
            return Err(Error::new(Code::Cancelled, format!("{} was aborted", self.describe())));
        }
        if self.abandoned.load(Ordering::SeqCst) {
            return Err(Error::new(Code::Cancelled, format!("the caller of {} is gone", self.describe())));
        }
        Ok(())
    }

    /// The error with which the caller gives up an attempt under way. None where an attempt is short: on a server it may take
    /// as long as the server does.
    pub(super) fn given_up(&self) -> Option<BoxFuture<'_, Error>> {
        if !self.scope.service().is_shared() {
            return None;
        }
        Some(Box::pin(async {
            self.ended_by(self.deadline.map(|deadline| deadline.saturating_add(GRACE_MS))).await;
            self.check_may_go_on().err().unwrap_or_else(|| self.timed_out())
        }))
    }

    fn timed_out(&self) -> Error {
        Error::new(Code::Timeout, format!("{} was not granted in time", self.describe()))
    }

    /// Resolves when something ends the wait that the dispatcher does not notice.
    pub(super) async fn interrupted(&self, ended: impl Future<Output = ()>) {
        tokio::select! {
            () = ended => {}
            () = self.ended_by(self.deadline) => {}
        }
    }

    async fn ended_by(&self, deadline: Option<i64>) {
        tokio::select! {
            () = self.scope.service().until(deadline.unwrap_or(i64::MAX)) => {}
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
            None if state.entered => drop(self.leave_queue().await),
            None if state.may_have_entered => self.leave_queue_later(),
            // It has left the queue, or never entered it.
            Some(Err(_)) | None => {}
        }
        self.scope.service().dispatcher().leave(self);
        self.scope.leave(&self.step);
    }
}
