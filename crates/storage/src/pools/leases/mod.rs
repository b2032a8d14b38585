//! Leases: renewal, release, and the removal of expired ones.

pub mod events;
mod expire;
mod release;
mod renew;

pub use release::{leave_queues, release_run};
pub use renew::Renewal;
