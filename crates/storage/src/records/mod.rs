//! Ordered records: all that the storage asks of an engine. Everything else is written once,
//! above this interface.

mod context;
mod key;
mod row;
pub mod simulated;
mod table;
mod tx;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;

pub use context::Context;
pub use key::{Edge, Key, Part, Range};
pub use row::{FromValue, IntoValue, Item, Row, Value};
pub use table::Table;
pub use tx::{Tx, Write};

use crate::error::Result;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
}

/// Records as they were at one moment.
pub trait Reads: Send + Sync {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>>;

    /// One answer a key, in the order of the keys.
    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>>;

    /// Values only: what a list needs of its keys stands in the values, too.
    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>>;
}

pub type Answer = Box<dyn Any + Send>;

/// What a transaction does: it decides by what it reads, and says what to write. It may be run
/// several times, and only the last run counts; so it touches nothing but the `Tx`.
pub trait Step: Send + Sync {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>>;

    /// Called once what it decided is committed, before its answer is given, in the order of commits.
    fn committed(&self) {}
}

pub trait Records: Send + Sync {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>>;

    /// Runs the step and stores its writes as one whole, as if nobody else were at work. The answer
    /// comes after the commit. An error of the step is returned, and nothing is stored.
    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>>;

    fn context(&self) -> &Context;

    /// Ends the use of these records; for the last user of an engine, resolves when it is shut down.
    fn close(&self) -> BoxFuture<'_, Result<()>>;
}
