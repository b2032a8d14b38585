//! The queries of a storage object, in an addon with the executor.

mod values;

use rivers_storage::{Error, Result, Store};
use rivers_storage_surreal::StoreHandle;
use rivers_storage_surrealql::{PlainValue, Queries, Query};
use tokio_util::sync::CancellationToken;

pub use self::values::Variables;
use super::QueryOptions;

pub type Answers = Vec<PlainValue>;

pub struct StorageQueries {
    queries: Option<Queries>,
    closed: CancellationToken,
}

impl StorageQueries {
    pub fn of(handle: &StoreHandle) -> Self {
        let here = handle.snapshots().map(Queries::here);
        let queries = here.or_else(|| handle.server_queries().map(Queries::OnServer));
        Self { queries, closed: CancellationToken::new() }
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
        let Some(queries) = &self.queries else {
            return Err(Error::internal("a store is neither here nor on a server"));
        };
        queries.run(Query { text, variables, timeout, now_micros, aborted, closed }).await
    }
}
