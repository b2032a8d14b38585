//! How many slots of a pool a step may ask for.

/// The most slots that one claim can ask of a pool, and the highest limit.
pub const MAX_SLOTS: i64 = i32::MAX as i64;

pub const fn is_weight(slots: i64) -> bool {
    1 <= slots && slots <= MAX_SLOTS
}
