//! The schema of a store.

use rivers_storage::schema;
use rivers_storage_node_macros::output;

/// Which schema version a store had, and has now.
#[output(schema::Migration)]
pub struct Migration {
    /// 0: there was no store.
    pub from: i64,
    pub to: i64,
}
