//! The clients, and the operator that changes what they use.

pub mod calls;
pub mod client;
pub mod stale;
pub mod holding;
pub mod operator;
pub mod polling;
pub mod waiting;
