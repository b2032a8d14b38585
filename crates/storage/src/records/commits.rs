//! The commits of a store, for one listener.

use std::sync::{Arc, OnceLock, Weak};

use super::Write;

/// Derives from committed rows what somebody in this process waits for or holds.
pub trait CommitListener: Send + Sync {
    /// The writes of one transaction. Calls come in the order of the commits, each before the answer of its transaction.
    fn on_commit(&self, writes: &[Write]);
}

/// Does not keep the listener alive: the listener uses the records.
#[derive(Default)]
pub struct Commits(OnceLock<Weak<dyn CommitListener>>);

impl Commits {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Only the first listener is kept.
    pub fn listen(&self, listener: &Arc<dyn CommitListener>) {
        self.0.get_or_init(|| Arc::downgrade(listener));
    }

    pub fn notify(&self, writes: &[Write]) {
        if writes.is_empty() {
            return;
        }
        if let Some(listener) = self.0.get().and_then(Weak::upgrade) {
            listener.on_commit(writes);
        }
    }
}
