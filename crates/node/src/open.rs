//! A store that is open, and its close.

use std::sync::Arc;

use rivers_storage::gate::Gate;
use rivers_storage::{Result, Store};
use rivers_storage_surreal::Handle;

/// An open store as one code location sees it.
pub struct Open {
    handle: Handle,
    store: Store,
}

impl Open {
    pub fn new(handle: Handle, code_location: &str) -> Self {
        let store = Store::new(Arc::clone(handle.base()), code_location);
        Self { handle, store }
    }

    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Whether short operations may run on the event loop: a store in memory never waits for a disk.
    pub const fn runs_inline(&self) -> bool {
        self.handle.is_memory()
    }
}

/// Refuses new calls from now on. The future resolves when calls in flight have finished and the engine has closed.
pub fn close(gate: &Arc<Gate<Open>>) -> impl Future<Output = Result<()>> + Send + use<> {
    gate.shut(|open| open.store.waits().close());
    let gate = Arc::clone(gate);
    async move { gate.close(|open| Box::pin(open.handle.close())).await }
}
