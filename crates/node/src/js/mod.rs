//! The one place that talks to N-API: values, promises, errors thrown, and what belongs to one
//! JavaScript environment. All else in this crate is safe Rust on top of it.
#![allow(unsafe_code, reason = "N-API is a C interface: handles and callbacks are raw pointers")]

mod callback;
mod create;
mod environment;
mod exit;
mod mailbox;
mod maker;
mod promise;
mod script;
mod taker;
pub mod typed;
mod value;

pub use callback::Callback;
pub use environment::Environment;
pub use exit::{at_exit, on_exit};
pub use maker::Maker;
pub use promise::Deferred;
pub use script::Script;
pub use taker::Taker;
pub use value::{Bytes, Js, Kind, Thrown};
