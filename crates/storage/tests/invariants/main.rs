//! The invariants of the pools: each holds over random histories, and each check notices the mutant of its
//! invariant.

mod holds;
#[cfg(feature = "mutants")]
mod mutants;
mod natives;
mod reach;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}
