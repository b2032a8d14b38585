//! A store that is open, and its close.

use std::sync::Arc;

use rivers_storage::gate::Gate;
use rivers_storage::{Result, Store};
use rivers_storage_surreal::Handle;

/// A store that is open, seen from one code location.
pub struct Open {
    handle: Handle,
    store: Store,
}

impl Open {
    pub const fn new(handle: Handle, store: Store) -> Self {
        Self { handle, store }
    }

    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What this store does is done without waiting for a disk.
    pub const fn runs_inline(&self) -> bool {
        self.handle.is_memory()
    }
}

/// From the call on, nobody gets in any more.
pub fn close(gate: &Arc<Gate<Open>>) -> impl Future<Output = Result<()>> + Send + use<> {
    gate.shut(|open| open.store.waits().close());
    let gate = Arc::clone(gate);
    async move { gate.close(|open| Box::pin(open.handle.close())).await }
}
