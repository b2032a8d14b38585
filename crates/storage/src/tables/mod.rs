//! What each stored table holds, for those who read the store by SurrealQL.

mod definitions;

pub use definitions::definitions;

use crate::description::TableDescription;
use crate::{assets, deletions, events, kv, logs, partitions, pools, runs, schema, staleness, ticks};

/// The descriptions of all tables, in the order of [`Table::ALL`](crate::records::Table::ALL).
pub fn descriptions() -> Vec<TableDescription> {
    let mut all: Vec<TableDescription> = [
        &[schema::TABLE, kv::TABLE, staleness::TABLE, deletions::TABLE][..],
        assets::TABLES,
        partitions::TABLES,
        events::TABLES,
        logs::TABLES,
        ticks::TABLES,
        runs::TABLES,
        pools::TABLES,
    ]
    .concat();
    all.sort_by_key(|description| description.table);
    all
}
