//! One user of an open store.

use std::sync::{Arc, OnceLock};

use rivers_storage::{Error, OpenStore, Result};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::open::StoreWithEngine;
use crate::registry::OpenSlot;
use crate::snapshot::Snapshots;

/// Keeps a store open: the store closes with its last handle. Dropping a handle closes it in the background.
pub struct StoreHandle {
    open: StoreWithEngine,
    memory: bool,
    slot: Arc<OpenSlot>,
    runtime: Handle,
    closing: OnceLock<watch::Receiver<Option<Result<()>>>>,
}

impl StoreHandle {
    pub(crate) fn new(open: StoreWithEngine, memory: bool, slot: Arc<OpenSlot>) -> Self {
        Self { open, memory, slot, runtime: Handle::current(), closing: OnceLock::new() }
    }

    /// The open store that all its handles share.
    pub const fn store(&self) -> &Arc<OpenStore> {
        &self.open.store
    }

    /// Snapshots of the store. They do not keep it open.
    pub fn snapshots(&self) -> Snapshots {
        Snapshots::of(Arc::clone(&self.open.engine))
    }

    /// Whether the store is in memory.
    pub const fn is_memory(&self) -> bool {
        self.memory
    }

    /// Closes the handle. If it was the last one of its store, the directory can be opened again when this returns. Closing
    /// again waits for the first call, and returns its result.
    pub async fn close(&self) -> Result<()> {
        let mut closed = self.start_closing().clone();
        let outcome = closed.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or_else(|| Err(Error::closed()))
    }

    /// In a task, so that the store is closed also when the caller is dropped.
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
