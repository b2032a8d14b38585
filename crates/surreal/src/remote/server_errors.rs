//! What the server's errors mean.

use surrealdb_types::{Error as ServerError, NotAllowedError, QueryError};

/// Whether the same request may succeed when it is made again. A row that exists was absent when it was read.
pub fn is_conflict(error: &ServerError) -> bool {
    // Where a statement meets a conflict, and not the commit, the server tells it by the text alone.
    error.is_already_exists()
        || matches!(error.query_details(), Some(QueryError::TransactionConflict))
        || error.message().contains("Transaction conflict")
}

/// The errors of statements that did not run because of another.
pub fn is_consequence(error: &ServerError) -> bool {
    matches!(error.query_details(), Some(QueryError::NotExecuted | QueryError::Cancelled))
}

/// A new connection signs in again.
pub fn has_expired(error: &ServerError) -> bool {
    use surrealdb_types::AuthError::{SessionExpired, TokenExpired};
    matches!(error.not_allowed_details(), Some(NotAllowedError::Auth(SessionExpired | TokenExpired)))
}
