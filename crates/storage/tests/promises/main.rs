//! What the pools promise: each promise holds over random histories, and each is a check that notices
//! the mistake made against it.

#[path = "../support/histories/mod.rs"]
mod histories;
mod holds;
#[cfg(feature = "mutants")]
mod mutants;
mod natives;
#[path = "../support/promises/mod.rs"]
mod promises;
mod reach;
#[path = "../support/mod.rs"]
mod support;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}
