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
    /// Told when the gate shuts.
    shutting: Notify,
    end: OnceCell<Result<()>>,
}

impl<T> Gate<T> {
    pub fn new(inside: T) -> Arc<Self> {
        Arc::new(Self {
            inside,
            state: AtomicUsize::new(0),
            empty: Notify::new(),
            shutting: Notify::new(),
            end: OnceCell::new(),
        })
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

    /// For those inside who wait for somebody else: they must not keep the gate from closing.
    pub async fn shut(&self) {
        let shutting = self.shutting.notified();
        if !self.is_shut() {
            shutting.await;
        }
    }

    /// Lets nobody in from now on; ends what is inside once everybody is out. However often and by
    /// however many it is called, there is one end, and all see how it went.
    pub fn close<'a>(
        &'a self,
        end: impl FnOnce(&'a T) -> BoxFuture<'a, Result<()>> + Send + 'a,
    ) -> BoxFuture<'a, Result<()>>
    where
        T: Sync,
    {
        self.state.fetch_or(SHUT, Ordering::SeqCst);
        self.shutting.notify_waiters();
        Box::pin(async move {
            let ended = self.end.get_or_init(|| async {
                self.emptied().await;
                end(&self.inside).await
            });
            ended.await.clone()
        })
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

impl<T> Entered<T> {
    pub const fn gate(&self) -> &Arc<Gate<T>> {
        &self.gate
    }
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
