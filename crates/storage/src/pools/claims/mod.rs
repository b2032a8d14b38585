//! Claims of slots, and the claims that wait in the queue of a pool.

mod claim;
mod waiters;
mod weigh;

pub use claim::{Claimed, Mode};
