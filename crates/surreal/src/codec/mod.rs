//! How keys and rows of the storage look in the engine.

pub mod key;
pub mod row;
pub mod wire;
