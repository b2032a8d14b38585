//! The queries of a storage object, in an addon with the executor.

mod values;

use std::sync::Arc;

use rivers_storage::{Code, Error, Result, Store};
use rivers_storage_surreal::StoreHandle;
use rivers_storage_surrealql::{PlainValue, Queries, Query};
use tokio_util::sync::CancellationToken;

pub use self::values::Variables;
use super::QueryOptions;

pub type Answers = Vec<PlainValue>;

pub struct StorageQueries {
    /// None for a store on a server.
    queries: Option<Arc<Queries>>,
    closed: CancellationToken,
}

impl StorageQueries {
    pub fn of(handle: &StoreHandle) -> Self {
        Self { queries: handle.snapshots().map(Queries::new), closed: CancellationToken::new() }
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
            return Err(Error::new(Code::Unsupported, "query: not yet for a store on a server"));
        };
        queries.run(Query { text, variables, timeout, now_micros, aborted, closed }).await
    }
}
