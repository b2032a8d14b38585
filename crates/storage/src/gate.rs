//! Counts the calls in a resource, refuses calls after a close, and ends the resource when the last call has left.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, OnceCell};

use crate::error::{Error, Result};
use crate::records::BoxFuture;

/// A bit of the state: no call may enter.
const SHUT: usize = 1;
/// What each call inside adds to the state.
const ONE: usize = 2;

/// A resource that calls enter and leave.
pub struct Gate<T> {
    inside: T,
    state: AtomicUsize,
    /// Notified when the last call leaves a shut gate.
    empty: Notify,
    end: OnceCell<Result<()>>,
}

impl<T> Gate<T> {
    /// An open gate around the resource.
    pub fn new(inside: T) -> Arc<Self> {
        Arc::new(Self { inside, state: AtomicUsize::new(0), empty: Notify::new(), end: OnceCell::new() })
    }

    /// Keeps the gate from closing until the answer is dropped. Fails with `Code::Closed` once the gate is shut.
    pub fn enter(self: &Arc<Self>) -> Result<Entered<T>> {
        let before = self.state.fetch_add(ONE, Ordering::SeqCst);
        // Dropping it leaves the gate again, also when the gate is shut.
        let entered = Entered { gate: Arc::clone(self) };
        if before & SHUT == 0 { Ok(entered) } else { Err(Error::closed()) }
    }

    /// Whether calls are refused.
    pub fn is_shut(&self) -> bool {
        self.state.load(Ordering::SeqCst) & SHUT != 0
    }

    /// Refuses calls from now on. `tell` ends the calls inside that wait for other calls, which would keep the gate
    /// from closing.
    pub fn shut(&self, tell: impl FnOnce(&T)) {
        self.state.fetch_or(SHUT, Ordering::SeqCst);
        tell(&self.inside);
    }

    /// Shuts the gate, waits until the last call has left, and runs `end` on the resource. `end` runs once, and every
    /// call of `close` returns its result.
    pub async fn close<'a>(&'a self, end: impl FnOnce(&'a T) -> BoxFuture<'a, Result<()>>) -> Result<()> {
        self.shut(|_| {});
        let ended = self.end.get_or_init(|| async {
            self.emptied().await;
            end(&self.inside).await
        });
        ended.await.clone()
    }

    async fn emptied(&self) {
        loop {
            let empty = self.empty.notified();
            if self.state.load(Ordering::SeqCst) == SHUT {
                return;
            }
            empty.await;
        }
    }
}

/// A call inside the gate. It leaves when it is dropped.
pub struct Entered<T> {
    gate: Arc<Gate<T>>,
}

impl<T> Deref for Entered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.gate.inside
    }
}

impl<T> Drop for Entered<T> {
    fn drop(&mut self) {
        if self.gate.state.fetch_sub(ONE, Ordering::SeqCst) == ONE | SHUT {
            self.gate.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests;
