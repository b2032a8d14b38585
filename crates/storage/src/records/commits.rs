//! Notifies one listener of the commits of a store.

use std::sync::{Arc, OnceLock, Weak};

use super::Write;

/// Derives from committed rows what a wait or a lease of this process depends on.
pub trait CommitListener: Send + Sync {
    /// Receives the writes of one transaction. Calls come in the order of the commits, each before the answer of its
    /// transaction.
    fn on_commit(&self, writes: &[Write]);
}

/// The listener of a store. It is held weakly, because the listener itself holds the records.
#[derive(Default)]
pub struct Commits(OnceLock<Weak<dyn CommitListener>>);

impl Commits {
    /// Without a listener.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Notifies this listener from now on. The first listener stays: a second call does nothing.
    pub fn listen(&self, listener: &Arc<dyn CommitListener>) {
        self.0.get_or_init(|| Arc::downgrade(listener));
    }

    /// Called by the engine after each commit, before it answers the transaction.
    pub fn notify(&self, writes: &[Write]) {
        if writes.is_empty() {
            return;
        }
        if let Some(listener) = self.0.get().and_then(Weak::upgrade) {
            listener.on_commit(writes);
        }
    }
}
