//! Lets calls in to something until it is closed, and closes it when the last of them is out.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, OnceCell};

use crate::error::{Error, Result};
use crate::records::BoxFuture;

/// In the count of those inside: nobody else is let in.
const SHUT: usize = 1;
/// Each of those inside.
const ONE: usize = 2;

pub struct Gate<T> {
    inside: T,
    state: AtomicUsize,
    /// Told when the last one leaves a shut gate.
    empty: Notify,
    end: OnceCell<Result<()>>,
}

impl<T> Gate<T> {
    pub fn new(inside: T) -> Arc<Self> {
        Arc::new(Self { inside, state: AtomicUsize::new(0), empty: Notify::new(), end: OnceCell::new() })
    }

    pub fn enter(self: &Arc<Self>) -> Result<Entered<T>> {
        let before = self.state.fetch_add(ONE, Ordering::SeqCst);
        // One who comes too late leaves like the others: by being dropped.
        let entered = Entered { gate: Arc::clone(self) };
        if before & SHUT == 0 { Ok(entered) } else { Err(Error::closed()) }
    }

    pub fn is_shut(&self) -> bool {
        self.state.load(Ordering::SeqCst) & SHUT != 0
    }

    /// Lets nobody in from now on. `tell` reaches those inside who wait for somebody else: they must
    /// not keep it from closing.
    pub fn shut(&self, tell: impl FnOnce(&T)) {
        self.state.fetch_or(SHUT, Ordering::SeqCst);
        tell(&self.inside);
    }

    /// Once it is shut and everybody is out, ends what is inside. However often and by however many
    /// it is called, there is one end, and all see how it went.
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

/// Somebody inside, until dropped.
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
