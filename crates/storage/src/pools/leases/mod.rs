//! Leases: renewal, release, and the removal of expired ones.

pub mod events;
mod expire;
mod release;
mod renew;

pub(crate) use expire::SweepRequest;
pub(crate) use release::{LeaveRequest, ReleaseRequest, ReleaseRunRequest};
pub use release::{leave_queues, release_run};
pub(crate) use renew::RenewRequest;
pub use renew::Renewal;
