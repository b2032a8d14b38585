//! Claims of slots, and the claims that wait in the queue of a pool.

mod claim;
mod hand_on;
mod portable;
mod waiters;
mod weigh;

pub(crate) use claim::ClaimRequest;
pub use claim::{Claimed, Mode, cancelled};
pub use hand_on::HandOn;
