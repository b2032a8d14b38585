//! What the pools promise: each promise holds over random histories, and each is a check that notices
//! the mistake made against it.

mod holds;
#[cfg(feature = "mutants")]
mod mutants;
mod natives;
mod reach;
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}
