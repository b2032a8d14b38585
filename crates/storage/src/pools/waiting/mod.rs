//! Waits natively until a claim is granted, and keeps the lease of the grant alive.
//!
//! A call of `acquire` makes a `wait`, which waits in the `dispatcher`. When a commit may let the wait be granted, the
//! dispatcher attempts its claim again. The grant becomes a lease that `keep_alive` renews. A `wait_scope` ends all
//! waits and leases of one storage object; the `service` is shared by all of them.

mod acquire;
mod wait;
mod lines;
mod attempts;
mod registry;
mod dispatcher;
mod keep_alive;
mod wait_scope;
mod service;
mod manual_clock;

pub use acquire::Acquire;
pub use keep_alive::SlotLease;
pub use service::WaitService;
pub use wait_scope::WaitScope;
