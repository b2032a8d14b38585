//! Ends a query.

use std::sync::OnceLock;

use rivers_storage::Error;
use surrealdb_core::ctx::CancelHandle;
use tokio_util::sync::CancellationToken;

use crate::memory::MemoryCount;

/// Shared by the executor, the transaction and the caller of a query. The first reason counts.
#[derive(Default)]
pub struct Stop {
    reason: OnceLock<Error>,
    /// SurrealDB reads it in loops that never yield.
    handle: CancelHandle,
    ended: CancellationToken,
    memory: Option<MemoryCount>,
}

impl Stop {
    /// The stop of a query with this memory count.
    pub fn of(memory: MemoryCount) -> Self {
        Self { memory: Some(memory), ..Self::default() }
    }

    /// Called on the query's thread and on others.
    pub fn end(&self, reason: Error) {
        self.reason.get_or_init(|| reason);
        self.handle.trip();
        self.ended.cancel();
    }

    /// The reason to end the query, if there is one. Checks the memory limit first.
    pub fn reason_to_end(&self) -> Option<&Error> {
        if self.reason.get().is_none()
            && let Some(excess) = self.memory.and_then(MemoryCount::excess)
        {
            self.end(excess);
        }
        self.reason.get()
    }

    /// Resolves when the query has to end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Pends for ever once the query has to end; `until_ended` then drops the executor. An error would not do: SurrealDB
    /// may turn it into NONE and go on with the next row.
    pub async fn pend_if_ended(&self) {
        if self.reason_to_end().is_some() {
            std::future::pending::<()>().await;
        }
    }

    pub const fn handle(&self) -> &CancelHandle {
        &self.handle
    }
}
