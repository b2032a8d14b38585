//! A store that is open, and its close.

use std::sync::Arc;

use rivers_storage::gate::Gate;
use rivers_storage::pools::WaitScope;
use rivers_storage::{Result, Store};
use rivers_storage_surreal::StoreHandle;

use crate::surrealql::StorageQueries;

/// An open store as one code location sees it, with the waits and leases of one storage object.
pub struct Open {
    handle: StoreHandle,
    queries: StorageQueries,
    scope: Arc<WaitScope>,
}

impl Open {
    pub fn new(handle: StoreHandle, code_location: &str) -> Self {
        let scope = handle.store().wait_scope(code_location);
        let queries = StorageQueries::of(&handle);
        Self { handle, queries, scope }
    }

    pub fn store(&self) -> &Store {
        self.scope.store()
    }

    pub const fn scope(&self) -> &Arc<WaitScope> {
        &self.scope
    }

    pub const fn queries(&self) -> &StorageQueries {
        &self.queries
    }

    /// Whether short operations may run on the event loop: a store in memory never waits for a disk.
    pub const fn runs_inline(&self) -> bool {
        self.handle.is_memory()
    }
}

/// Refuses new calls from now on. The future resolves when calls in flight have finished and the engine has closed.
pub fn close(gate: &Arc<Gate<Open>>) -> impl Future<Output = Result<()>> + Send + use<> {
    gate.shut(|open| {
        open.scope.close();
        open.queries.end();
        open.handle.prepare_close();
    });
    let gate = Arc::clone(gate);
    async move { gate.close(|open| Box::pin(open.handle.close())).await }
}
