//! Leases that are kept alive: renewed at a third of their duration, at two thirds during a fenced call, off the caller's
//! thread, until they are released, lost or dropped.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use super::super::model::{Grant, LeaseRef, SlotClaim};
use super::super::rows::StepId;
use super::wait_scope::WaitScope;
use crate::error::{Code, Error, Result};
use crate::store::Store;

type OnLost = Box<dyn FnOnce(Error) + Send>;

/// A granted claim. Dropping it ends its renewal; its slots are free at their expiry, or when released.
pub struct SlotLease {
    inner: Arc<KeepAlive>,
}

struct KeepAlive {
    scope: Arc<WaitScope>,
    grant: LeaseRef,
    lease_ms: Option<i64>,
    renews: bool,
    events: bool,
    state: Mutex<KeepAliveState>,
    /// Notified when the state has changed.
    changed: Notify,
}

struct KeepAliveState {
    renewed_at: i64,
    expires_at: i64,
    /// How many calls are under way that have an effect only while the lease is live.
    fenced_calls: usize,
    /// After a renewal that failed: when to try again.
    retry_at: Option<i64>,
    end: Option<LeaseEnd>,
    on_lost: Option<OnLost>,
    /// Dropped when the lease ends.
    needed: Option<Box<dyn Any + Send>>,
}

#[derive(Clone)]
enum LeaseEnd {
    Released,
    Lost(Error),
    /// Lost because its storage object was closed. The store still holds its slots.
    Closed,
}

impl LeaseEnd {
    fn loss(&self) -> Option<Error> {
        match self {
            Self::Released => None,
            Self::Lost(error) => Some(error.clone()),
            Self::Closed => Some(Error::closed()),
        }
    }
}

/// All leases of this process that are not released or lost.
#[derive(Default)]
pub struct KeepAlives {
    by_step: Mutex<BTreeMap<StepId, Vec<Weak<KeepAlive>>>>,
    /// How many steps have such a lease, readable without the lock.
    steps: AtomicUsize,
}

/// How long before its expiry a lease that could not be renewed counts as lost, in milliseconds.
const fn margin(duration: i64) -> i64 {
    let fifth = duration / 5;
    if fifth < 2000 { fifth } else { 2000 }
}

impl SlotLease {
    pub(super) fn keep(scope: &Arc<WaitScope>, claim: &SlotClaim, grant: &Grant, renews: bool, events: bool) -> Self {
        let now = scope.store().now();
        let grant_ref = LeaseRef { run_id: claim.run_id.clone(), step_key: claim.step_key.clone(), token: grant.token };
        let expires_at = grant.expires_at;
        let state = KeepAliveState {
            renewed_at: now,
            expires_at,
            fenced_calls: 0,
            retry_at: None,
            end: None,
            on_lost: None,
            needed: None,
        };
        let keep_alive = Arc::new(KeepAlive {
            scope: Arc::clone(scope),
            grant: grant_ref,
            lease_ms: claim.lease_ms,
            renews,
            events,
            state: Mutex::new(state),
            changed: Notify::new(),
        });
        scope.service().keep_alives().add(&keep_alive);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(Arc::clone(&keep_alive).watch());
        }
        Self { inner: keep_alive }
    }

    /// The grant, for fenced calls.
    pub fn grant(&self) -> &LeaseRef {
        &self.inner.grant
    }

    /// The store of the scope that acquired it.
    pub fn store(&self) -> &Store {
        self.inner.scope.store()
    }

    /// When the lease expires as of the last confirmed renewal, in milliseconds since the Unix epoch.
    pub fn expires_at(&self) -> i64 {
        self.inner.state().expires_at
    }

    /// False once the lease is lost, released or expired, or its scope is closed.
    pub fn is_live(&self) -> bool {
        let state = self.inner.state();
        state.end.is_none()
            && !self.inner.scope.is_closed()
            && state.expires_at > self.store().records().context().latest_now()
    }

    pub(super) fn on_change(&self, grant: Option<&Grant>) {
        self.inner.on_change(grant);
    }

    /// Why the lease was lost, if it was. A released lease is not lost.
    pub fn lost(&self) -> Option<Error> {
        self.inner.end_if_scope_closed();
        self.inner.state().end.as_ref().and_then(LeaseEnd::loss)
    }

    /// Calls back once when the lease is lost, at once if it is lost already. Drops the callback when the lease ends.
    pub fn on_lost(&self, callback: OnLost) {
        self.inner.end_if_scope_closed();
        let mut state = self.inner.state();
        match state.end.as_ref().map(LeaseEnd::loss) {
            Some(Some(error)) => {
                drop(state);
                callback(error);
            }
            Some(None) => {}
            None => state.on_lost = Some(callback),
        }
    }

    /// Keeps `needed` until the lease ends.
    pub fn needs(&self, needed: impl Any + Send) {
        let mut state = self.inner.state();
        if state.end.is_none() {
            state.needed = Some(Box::new(needed));
        }
    }

    /// Ends the lease before it returns, so that a close that follows does not make it a lost one. The future frees the
    /// slots, unless the lease had ended before.
    pub fn release(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.inner.end_if_scope_closed();
        let frees = self.inner.end(LeaseEnd::Released);
        self.inner.free_in(frees.then(|| self.store().clone()))
    }

    /// Releases a lease whose scope was closed through `open`, which sees the same store. Frees the slots if this
    /// grant still holds them.
    pub fn release_elsewhere(&self, open: &Store) -> impl Future<Output = Result<()>> + Send + use<> {
        self.inner.end_if_scope_closed();
        let was_closed = matches!(self.inner.state().end, Some(LeaseEnd::Closed));
        self.inner.free_in(was_closed.then(|| open.at(self.store().location())))
    }
}

impl Drop for SlotLease {
    fn drop(&mut self) {
        self.inner.end(LeaseEnd::Released);
    }
}

impl KeepAlive {
    fn state(&self) -> MutexGuard<'_, KeepAliveState> {
        self.state.lock()
    }

    fn step(&self) -> StepId {
        StepId::new(&self.grant.run_id, &self.grant.step_key)
    }

    /// Whether it ended by this call.
    fn end(&self, end: LeaseEnd) -> bool {
        let mut state = self.state();
        if state.end.is_some() {
            return false;
        }
        let loss = end.loss();
        state.end = Some(end);
        let (callback, needed) = (state.on_lost.take(), state.needed.take());
        drop(state);
        self.scope.leave(&self.step());
        self.scope.service().keep_alives().forget(&self.step());
        self.changed.notify_waiters();
        if let (Some(callback), Some(error)) = (callback, loss) {
            callback(error);
        }
        // Outside the lock: dropping it may close the storage object.
        drop(needed);
        true
    }

    /// The task that watches may be late, so a reader of the state calls this first.
    fn end_if_scope_closed(&self) {
        if self.scope.is_closed() {
            self.end(LeaseEnd::Closed);
        }
    }

    /// Frees nothing when there is no store.
    fn free_in(&self, store: Option<Store>) -> impl Future<Output = Result<()>> + Send + use<> {
        let (step, token, events) = (self.step(), self.grant.token, self.events);
        async move {
            if let Some(store) = store {
                store.free(step, Some(token), events).await?;
            }
            Ok(())
        }
    }

    /// When the lease has to be renewed or counts as lost; None when it ended.
    fn due(&self) -> Option<i64> {
        let state = self.state();
        if state.end.is_some() {
            return None;
        }
        let duration = state.expires_at - state.renewed_at;
        let last = state.expires_at - margin(duration);
        if !self.renews {
            return Some(last);
        }
        // On a server a renewal writes the row that the commit of a fenced call checks: one that takes longer than from one
        // renewal to the next would never commit.
        let thirds = if state.fenced_calls > 0 { 2 } else { 1 };
        Some(state.retry_at.unwrap_or(state.renewed_at + duration * thirds / 3).min(last))
    }

    async fn watch(self: Arc<Self>) {
        let manual = self.scope.store().records().context().clock.is_manual();
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let Some(due) = self.due() else { return };
            tokio::select! {
                () = self.scope.service().until(due), if !manual => self.act().await,
                () = &mut changed => {}
                () = self.scope.closed() => self.end_if_scope_closed(),
            }
        }
    }

    /// Does what is due now: renews the lease, or gives it up.
    async fn act(&self) {
        let failure = if self.renews {
            match self.scope.store().renew(self.step(), self.lease_ms, Some(self.grant.token), self.events).await {
                // The commit of the renewal has notified this lease.
                Ok(Some(_)) => return,
                Ok(None) => return self.lose(None),
                Err(error) => Some(error),
            }
        } else {
            None
        };
        let mut state = self.state();
        let (now, duration) = (self.scope.store().now(), state.expires_at - state.renewed_at);
        if now >= state.expires_at - margin(duration) {
            drop(state);
            return self.lose(failure);
        }
        state.retry_at = Some(now + retry_after(duration));
    }

    /// The step's lease is this grant, another one, or none.
    fn on_change(&self, grant: Option<&Grant>) {
        let Some(grant) = grant.filter(|grant| grant.token == self.grant.token) else { return self.lose(None) };
        let mut state = self.state();
        state.renewed_at = self.scope.store().now();
        state.expires_at = grant.expires_at;
        state.retry_at = None;
        drop(state);
        self.changed.notify_waiters();
    }

    fn lose(&self, cause: Option<Error>) {
        let LeaseRef { run_id, step_key, token } = &self.grant;
        let message = format!("the lease {token} of step '{step_key}' of run '{run_id}' is lost");
        let error = Error::new(Code::LeaseLost, message);
        self.end(LeaseEnd::Lost(match cause {
            Some(cause) => error.caused_by(&cause),
            None => error,
        }));
    }
}

/// A call under way that has an effect only while the lease is live.
pub(super) struct FencedCall(Option<Arc<KeepAlive>>);

impl Drop for FencedCall {
    fn drop(&mut self) {
        if let Some(lease) = &self.0 {
            lease.state().fenced_calls -= 1;
            lease.changed.notify_waiters();
        }
    }
}

/// A twentieth of the lease, and up to as much again, so that renewals that failed together are not retried together.
fn retry_after(duration: i64) -> i64 {
    let step = (duration / 20).max(1);
    let jitter = i64::try_from(uuid::Uuid::new_v4().as_u128() % 1000).unwrap_or(0);
    step + step * jitter / 1000
}

impl KeepAlives {
    fn add(&self, keep_alive: &Arc<KeepAlive>) {
        let mut by_step = self.by_step.lock();
        by_step.entry(keep_alive.step()).or_default().push(Arc::downgrade(keep_alive));
        self.steps.store(by_step.len(), Ordering::SeqCst);
    }

    fn forget(&self, step: &StepId) {
        let mut by_step = self.by_step.lock();
        if let Some(leases) = by_step.get_mut(step) {
            leases.retain(|lease| lease.upgrade().is_some_and(|lease| lease.state().end.is_none()));
            if leases.is_empty() {
                by_step.remove(step);
            }
        }
        self.steps.store(by_step.len(), Ordering::SeqCst);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.load(Ordering::SeqCst) == 0
    }

    /// The step's lease is this grant, or is gone. Leases of other grants are lost at once. A lease of this grant takes
    /// over its expiry, whether a claim or a renewal set it.
    pub(super) fn on_change(&self, step: &StepId, grant: Option<&Grant>) {
        let leases: Vec<_> = self.by_step.lock().get(step).into_iter().flatten().filter_map(Weak::upgrade).collect();
        for lease in leases {
            lease.on_change(grant);
        }
    }

    /// A fenced call of this grant begins. It ends when what is returned is dropped.
    pub(super) fn begin_fenced(&self, grant: &LeaseRef) -> FencedCall {
        let step = StepId::new(&grant.run_id, &grant.step_key);
        let leases: Vec<_> = self.by_step.lock().get(&step).into_iter().flatten().filter_map(Weak::upgrade).collect();
        let lease = leases.into_iter().find(|lease| lease.grant.token == grant.token);
        if let Some(lease) = &lease {
            lease.state().fenced_calls += 1;
            lease.changed.notify_waiters();
        }
        FencedCall(lease)
    }

    /// The next time at which one of them has something to do.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.alive().iter().filter_map(|kept| kept.due()).min()
    }

    /// For a manual clock, which calls it when it is moved.
    pub(super) async fn act(&self, now: i64) {
        for kept in self.alive() {
            if kept.due().is_some_and(|due| due <= now) {
                kept.act().await;
            }
        }
    }

    fn alive(&self) -> Vec<Arc<KeepAlive>> {
        self.by_step.lock().values().flatten().filter_map(Weak::upgrade).collect()
    }
}
