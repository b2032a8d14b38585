//! The position of an event among all others.

/// Every list of events, and every "later than", is by time and then by the order of storing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPosition {
    pub time: i64,
    pub order: i64,
}
