//! How transactions use a table, where that decides what the cache keeps.

use rivers_storage::records::Table;

/// Whether transactions read the table by scans, which are not cached: its rows would push others out.
pub const fn is_only_scanned(table: Table) -> bool {
    // A claim scans a pool for what has ended. A release deletes by the keys that the lease holds.
    let is_by_end = matches!(table, Table::Slot | Table::PlaceEnd);
    // An event is written once, and lists of events read the engine.
    let is_of_events = matches!(table, Table::Event | Table::EventByAsset);
    is_by_end || is_of_events
}

/// Whether the table has no row most of the time, while transactions look up many keys in it.
pub const fn is_often_empty(table: Table) -> bool {
    // Each claim looks for a pending claim of its step, and none is pending until a pool is full.
    matches!(table, Table::Waiter)
}
