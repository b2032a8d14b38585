//! How many slots of a pool a step may claim.

/// The most slots that one claim can ask for in a pool, and the highest limit: 2147483647.
pub const MAX_SLOTS: i64 = i32::MAX as i64;

/// Whether a claim may ask for this number of slots in a pool.
pub const fn is_weight(slots: i64) -> bool {
    1 <= slots && slots <= MAX_SLOTS
}
