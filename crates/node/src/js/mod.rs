//! The only module that calls N-API: values, promises, exceptions, and the state of one JavaScript environment. The rest
//! of the crate is safe Rust on top of it.
//!
//! Two rules make the calls sound. An `Env` is not `Send` and is never stored: whoever has one is on the thread of a live
//! environment, in a call from JavaScript or in a mailbox job. A `Js<'e>` borrows the `Env` or the `Js` that it was made
//! from, so its handle is in a scope that is still open. Most calls then need only pointers to locals for their results.
#![allow(unsafe_code, reason = "N-API is a C interface: handles and callbacks are raw pointers")]

mod bytes;
mod callback;
mod create;
mod environment;
mod exit;
mod mailbox;
mod object;
mod promise;
mod reference;
mod script;
mod shape;
mod text;
pub mod typed;
mod value;

pub use bytes::Bytes;
pub use callback::Callback;
pub use environment::Environment;
pub use exit::{at_exit, on_exit};
pub use promise::Deferred;
pub use script::Script;
pub use shape::Shape;
pub use value::{Js, JsResult, Kind, Thrown};
