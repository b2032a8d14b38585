//! The position of an event among all events.

/// Events are ordered by time, and events of one time by the order of storing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPosition {
    /// When the event happened, in milliseconds since the Unix epoch.
    pub time: i64,
    /// The order number that the store gave the event. No two events have the same.
    pub order: i64,
}
