//! One use of an open store.

use std::sync::{Arc, OnceLock};

use rivers_storage::{Base, Error, Result};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::registry::OpenSlot;

/// When the last handle of a store is closed, so is the store. One that is dropped closes behind
/// its user's back.
pub struct StoreHandle {
    base: Arc<Base>,
    memory: bool,
    slot: Arc<OpenSlot>,
    runtime: Handle,
    closing: OnceLock<watch::Receiver<Option<Result<()>>>>,
}

impl StoreHandle {
    pub(crate) fn new(base: Arc<Base>, memory: bool, slot: Arc<OpenSlot>) -> Self {
        Self { base, memory, slot, runtime: Handle::current(), closing: OnceLock::new() }
    }

    pub const fn base(&self) -> &Arc<Base> {
        &self.base
    }

    pub const fn is_memory(&self) -> bool {
        self.memory
    }

    /// When this returns, the path can be opened again, if this was its last handle. To close again
    /// is to wait for the same.
    pub async fn close(&self) -> Result<()> {
        let mut closed = self.start_closing().clone();
        let outcome = closed.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or_else(|| Err(Error::closed()))
    }

    /// In a task: a caller that goes away does not leave the store half closed.
    fn start_closing(&self) -> &watch::Receiver<Option<Result<()>>> {
        self.closing.get_or_init(|| {
            let (done, closed) = watch::channel(None);
            let slot = Arc::clone(&self.slot);
            drop(self.runtime.spawn(async move { done.send_replace(Some(slot.release().await)) }));
            closed
        })
    }
}

impl Drop for StoreHandle {
    fn drop(&mut self) {
        self.start_closing();
    }
}
