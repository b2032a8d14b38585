//! What one storage object waits for and holds natively, and that it was closed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::rows::StepId;
use crate::error::{Error, Result};

#[derive(Default)]
pub struct Waits {
    closed: AtomicBool,
    closing: Notify,
    steps: Mutex<BTreeSet<StepId>>,
}

impl Waits {
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.closing.notify_waiters();
    }

    pub async fn closed(&self) {
        let closing = self.closing.notified();
        if !self.is_closed() {
            closing.await;
        }
    }

    pub(super) fn enter(&self, step: &StepId) -> Result<()> {
        if self.steps().insert(step.clone()) {
            return Ok(());
        }
        let message = format!("step '{}' of run '{}' already holds or waits for a lease here", step.step, step.run);
        Err(Error::conflict(message))
    }

    pub(super) fn leave(&self, step: &StepId) {
        self.steps().remove(step);
    }

    fn steps(&self) -> std::sync::MutexGuard<'_, BTreeSet<StepId>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a wait from outside.
#[derive(Default)]
pub struct Abort {
    aborted: AtomicBool,
    told: Notify,
}

impl Abort {
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::SeqCst);
        self.told.notify_waiters();
    }

    pub fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::SeqCst)
    }

    pub async fn aborted(&self) {
        let told = self.told.notified();
        if !self.is_aborted() {
            told.await;
        }
    }
}
