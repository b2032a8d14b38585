//! The limits of pools, and what the pools are used for.

mod info;
mod limit;

pub use info::unknown_pool;
pub use limit::DEFAULT_LEASE_MS;
pub(crate) use limit::{DeletePoolRequest, SetLimitRequest};
