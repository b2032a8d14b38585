//! What the tests of the storage share: simulated records, storage objects on them, and the checks of what
//! the storage keeps.

pub mod books;
pub mod histories;
pub mod invariants;
mod simulated;
mod storage_object;

#[cfg(feature = "mutants")]
pub use simulated::Moment;
pub use simulated::{Fault, Simulated};
pub use storage_object::{NOW, Storage, code, open, reopen, store};
