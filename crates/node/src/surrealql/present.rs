//! The queries of a storage object, in an addon with the executor.

mod values;

use std::sync::Arc;

use rivers_storage::{Result, Store};
use rivers_storage_surreal::StoreHandle;
use rivers_storage_surrealql::{PlainValue, Queries, Query};
use tokio_util::sync::CancellationToken;

pub use self::values::Variables;
use super::QueryOptions;

pub type Answers = Vec<PlainValue>;

pub struct StorageQueries {
    queries: Arc<Queries>,
    closed: CancellationToken,
}

impl StorageQueries {
    pub fn of(handle: &StoreHandle) -> Self {
        Self { queries: Queries::new(handle.snapshots()), closed: CancellationToken::new() }
    }

    /// Ends the queries under way with ERR_CLOSED.
    pub fn end(&self) {
        self.closed.cancel();
    }

    pub async fn run(
        &self,
        store: &Store,
        text: String,
        options: QueryOptions,
        aborted: CancellationToken,
    ) -> Result<Answers> {
        let timeout = options.timeout();
        let variables = options.vars.unwrap_or_default().0;
        let (now_micros, closed) = (store.now_micros(), self.closed.clone());
        self.queries.run(Query { text, variables, timeout, now_micros, aborted, closed }).await
    }
}
