//! The engine's encoding of keys and rows.

pub mod key;
pub mod row;
pub mod wire;
