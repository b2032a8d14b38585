//! Leases that keep themselves: renewed at a third of their duration, off the caller's thread, until
//! they are released, lost or forgotten.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::model::{Grant, LeaseRef, SlotClaim};
use super::rows::StepId;
use crate::error::{Code, Error, Result};
use crate::store::{Base, Store};

type OnLost = Box<dyn FnOnce(Error) + Send>;

/// A held claim. Dropping it ends its renewal; its slots are free at their expiry, or when released.
pub struct SlotLease {
    kept: Arc<Kept>,
}

struct Kept {
    store: Store,
    grant: LeaseRef,
    lease_ms: Option<i64>,
    renews: bool,
    events: bool,
    state: Mutex<State>,
    /// Told when the state has changed.
    changed: Notify,
}

struct State {
    renewed_at: i64,
    expires_at: i64,
    /// After a renewal that failed: when to try again.
    retry_at: Option<i64>,
    end: Option<End>,
    on_lost: Option<OnLost>,
    /// Dropped when the lease ends.
    needed: Option<Box<dyn Any + Send>>,
}

#[derive(Clone)]
enum End {
    Released,
    Lost(Error),
    /// Lost because its storage object was closed. The store still holds its slots.
    Closed,
}

impl End {
    fn loss(&self) -> Option<Error> {
        match self {
            Self::Released => None,
            Self::Lost(error) => Some(error.clone()),
            Self::Closed => Some(Error::closed()),
        }
    }
}

/// All leases that are kept in this process, by step.
#[derive(Default)]
pub struct Keepers(Mutex<BTreeMap<StepId, Vec<Weak<Kept>>>>);

/// How long before its expiry a lease is given up that could not be renewed.
const fn margin(duration: i64) -> i64 {
    let fifth = duration / 5;
    if fifth < 2000 { fifth } else { 2000 }
}

impl SlotLease {
    pub(super) fn keep(store: Store, claim: &SlotClaim, grant: &Grant, renews: bool, events: bool) -> Self {
        let now = store.now();
        let grant_ref = LeaseRef { run_id: claim.run_id.clone(), step_key: claim.step_key.clone(), token: grant.token };
        let expires_at = grant.expires_at;
        let state = State { renewed_at: now, expires_at, retry_at: None, end: None, on_lost: None, needed: None };
        let kept = Arc::new(Kept {
            store,
            grant: grant_ref,
            lease_ms: claim.lease_ms,
            renews,
            events,
            state: Mutex::new(state),
            changed: Notify::new(),
        });
        kept.store.keepers().add(&kept);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(Arc::clone(&kept).watch());
        }
        Self { kept }
    }

    pub fn grant(&self) -> &LeaseRef {
        &self.kept.grant
    }

    /// Of the storage object that acquired it.
    pub fn store(&self) -> &Store {
        &self.kept.store
    }

    /// Of the last confirmed renewal.
    pub fn expires_at(&self) -> i64 {
        self.kept.state().expires_at
    }

    /// False once lost or released, or when its time is over.
    pub fn is_live(&self) -> bool {
        let state = self.kept.state();
        state.end.is_none() && !self.kept.store.waits().is_closed() && state.expires_at > self.kept.store.now()
    }

    pub(super) fn hear(&self, grant: Option<&Grant>) {
        self.kept.hear(grant);
    }

    /// Why it was lost, if it was.
    pub fn lost(&self) -> Option<Error> {
        self.kept.end_if_closed();
        self.kept.state().end.as_ref().and_then(End::loss)
    }

    /// Calls back once when the lease is lost; at once if it is. The callback is dropped when the lease ends.
    pub fn on_lost(&self, callback: OnLost) {
        let mut state = self.kept.state();
        match state.end.as_ref().map(End::loss) {
            Some(Some(error)) => {
                drop(state);
                callback(error);
            }
            Some(None) => {}
            None => state.on_lost = Some(callback),
        }
    }

    /// Holds on to `needed` until the lease ends.
    pub fn needs(&self, needed: impl Any + Send) {
        let mut state = self.kept.state();
        if state.end.is_none() {
            state.needed = Some(Box::new(needed));
        }
    }

    /// Ends the lease before it returns, so that a close that follows does not make it a lost one. The future frees the
    /// slots, unless the lease had ended before.
    pub fn release(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.kept.end_if_closed();
        let frees = self.kept.end(End::Released);
        self.kept.free_in(frees.then(|| self.kept.store.clone()))
    }

    /// Releases a lease whose storage object was closed through `base`, another opening of the same store. Frees the
    /// slots if this grant still holds them.
    pub fn release_elsewhere(&self, base: &Arc<Base>) -> impl Future<Output = Result<()>> + Send + use<> {
        self.kept.end_if_closed();
        let was_closed = matches!(self.kept.state().end, Some(End::Closed));
        self.kept.free_in(was_closed.then(|| Store::new(Arc::clone(base), self.kept.store.location())))
    }
}

impl Drop for SlotLease {
    fn drop(&mut self) {
        self.kept.end(End::Released);
    }
}

impl Kept {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self) -> StepId {
        StepId::new(&self.grant.run_id, &self.grant.step_key)
    }

    /// Whether it ended by this call.
    fn end(&self, end: End) -> bool {
        let mut state = self.state();
        if state.end.is_some() {
            return false;
        }
        let loss = end.loss();
        state.end = Some(end);
        let (callback, needed) = (state.on_lost.take(), state.needed.take());
        drop(state);
        self.store.waits().leave(&self.step());
        self.store.keepers().forget(&self.step());
        self.changed.notify_waiters();
        if let (Some(callback), Some(error)) = (callback, loss) {
            callback(error);
        }
        // Outside the lock: dropping it may close the storage object.
        drop(needed);
        true
    }

    /// Does not wait for the task that watches, which may be late.
    fn end_if_closed(&self) {
        if self.store.waits().is_closed() {
            self.end(End::Closed);
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

    /// When there is something to do for the lease: None when it ended.
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
        Some(state.retry_at.unwrap_or(state.renewed_at + duration / 3).min(last))
    }

    async fn watch(self: Arc<Self>) {
        let manual = self.store.records().context().clock.is_manual();
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let Some(due) = self.due() else { return };
            tokio::select! {
                () = self.store.base().until(due), if !manual => self.act().await,
                () = &mut changed => {}
                () = self.store.waits().closed() => self.end_if_closed(),
            }
        }
    }

    /// What is due now: a renewal, or giving up.
    async fn act(&self) {
        let failure = if self.renews {
            match self.store.renew(self.step(), self.lease_ms, Some(self.grant.token), self.events).await {
                // It was heard of with the commit.
                Ok(Some(_)) => return,
                Ok(None) => return self.lose(None),
                Err(error) => Some(error),
            }
        } else {
            None
        };
        let mut state = self.state();
        let (now, duration) = (self.store.now(), state.expires_at - state.renewed_at);
        if now >= state.expires_at - margin(duration) {
            drop(state);
            return self.lose(failure);
        }
        state.retry_at = Some(now + retry_after(duration));
    }

    /// What holds of the step's slots now: this grant, another one, or none.
    fn hear(&self, grant: Option<&Grant>) {
        let Some(grant) = grant.filter(|grant| grant.token == self.grant.token) else { return self.lose(None) };
        let mut state = self.state();
        state.renewed_at = self.store.now();
        state.expires_at = grant.expires_at;
        state.retry_at = None;
        drop(state);
        self.changed.notify_waiters();
    }

    fn lose(&self, cause: Option<Error>) {
        let LeaseRef { run_id, step_key, token } = &self.grant;
        let message = format!("the lease {token} of step '{step_key}' of run '{run_id}' is lost");
        let error = Error::new(Code::LeaseLost, message);
        self.end(End::Lost(match cause {
            Some(cause) => error.caused_by(&cause),
            None => error,
        }));
    }
}

/// A twentieth of the lease, and up to as much again, so that many that failed together do not try
/// again together.
fn retry_after(duration: i64) -> i64 {
    let step = (duration / 20).max(1);
    let jitter = i64::try_from(uuid::Uuid::new_v4().as_u128() % 1000).unwrap_or(0);
    step + step * jitter / 1000
}

impl Keepers {
    fn add(&self, kept: &Arc<Kept>) {
        self.steps().entry(kept.step()).or_default().push(Arc::downgrade(kept));
    }

    fn forget(&self, step: &StepId) {
        let mut steps = self.steps();
        if let Some(leases) = steps.get_mut(step) {
            leases.retain(|kept| kept.upgrade().is_some_and(|kept| kept.state().end.is_none()));
            if leases.is_empty() {
                steps.remove(step);
            }
        }
    }

    /// What holds of the step's slots now: leases of other grants are lost at once, and those of this one
    /// know when they end, whoever has claimed or renewed it.
    pub(crate) fn hear(&self, step: &StepId, grant: Option<&Grant>) {
        let leases: Vec<_> = self.steps().get(step).into_iter().flatten().filter_map(Weak::upgrade).collect();
        for kept in leases {
            kept.hear(grant);
        }
    }

    /// The next time at which one of them has something to do.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.alive().iter().filter_map(|kept| kept.due()).min()
    }

    /// For a manual clock, which calls them when it is moved.
    pub(super) async fn act(&self, now: i64) {
        for kept in self.alive() {
            if kept.due().is_some_and(|due| due <= now) {
                kept.act().await;
            }
        }
    }

    fn alive(&self) -> Vec<Arc<Kept>> {
        self.steps().values().flatten().filter_map(Weak::upgrade).collect()
    }

    fn steps(&self) -> MutexGuard<'_, BTreeMap<StepId, Vec<Weak<Kept>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
