//! Ends a query.

use std::sync::OnceLock;

use rivers_storage::Error;
use surrealdb_core::ctx::CancelHandle;
use tokio_util::sync::CancellationToken;

use crate::memory::Held;

/// Shared by a query, its snapshot and its caller. The first reason counts.
#[derive(Default)]
pub struct Stop {
    reason: OnceLock<Error>,
    /// The executor looks at it in loops of its own that never wait.
    handle: CancelHandle,
    ended: CancellationToken,
    held: Option<Held>,
}

impl Stop {
    /// Of a query whose memory is counted.
    pub fn of(held: Held) -> Self {
        Self { held: Some(held), ..Self::default() }
    }

    /// From outside the query's thread, or within it.
    pub fn end(&self, reason: Error) {
        self.reason.get_or_init(|| reason);
        self.handle.trip();
        self.ended.cancel();
    }

    /// Why the query has to end. Ends it if it holds too much memory.
    pub fn reason(&self) -> Option<&Error> {
        if self.reason.get().is_none()
            && let Some(excess) = self.held.and_then(Held::excess)
        {
            self.end(excess);
        }
        self.reason.get()
    }

    /// Resolves when the query has to end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Never returns from a query that has to end: whoever runs the executor drops it in place of waiting for it. An
    /// error could be replaced by NONE on its way out, once for each row.
    pub async fn check(&self) {
        if self.reason().is_some() {
            std::future::pending::<()>().await;
        }
    }

    pub const fn handle(&self) -> &CancelHandle {
        &self.handle
    }
}
