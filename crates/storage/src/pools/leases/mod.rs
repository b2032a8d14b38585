//! Leases: their renewal, their release, and the removal of those that expired.

pub mod events;
mod expire;
mod release;
mod renew;

pub use release::{leave_queues, release_run};
pub use renew::Renewal;
