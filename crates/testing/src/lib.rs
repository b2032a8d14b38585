//! What the tests of the storage share: simulated records, storage objects on them, random histories of
//! pools, and the checks of their invariants.

pub mod check;
pub mod histories;
pub mod invariants;
pub mod recount;
pub mod rows;
mod simulated;
mod storage_object;

#[cfg(feature = "mutants")]
pub use simulated::Snapshot;
pub use simulated::{Fault, Isolation, Simulated};
pub use storage_object::{NOW, Storage, code, open, reopen, store};
