//! The schema of a store.

use rivers_storage::schema;
use rivers_storage_node_macros::output;

/// The schema versions of a store before and after a migration.
#[output(schema::Migration)]
pub struct Migration {
    /// Schema version before. 0: there was no store.
    pub from: i64,
    /// Schema version now.
    pub to: i64,
}
