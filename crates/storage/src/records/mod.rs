//! Ordered records: all that the storage asks of an engine. Everything else is written once,
//! above this interface.

mod commits;
mod context;
mod key;
mod read_log;
mod row;
mod table;
mod tx;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;

pub use commits::{CommitListener, Commits};
pub use context::Context;
pub use key::{Edge, Key, Part, Range};
pub use read_log::{Read, ReadLog};
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

/// The first rows of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub range: Range,
    pub limit: usize,
}

impl Scan {
    pub const fn all(range: Range) -> Self {
        Self { range, limit: usize::MAX }
    }
}

/// Records as they were at one moment. For a store that is not in this process each call is a round trip.
pub trait Reads: Send + Sync {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>>;

    /// One answer a key, in the order of the keys.
    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>>;

    /// Values only: what a list needs of its keys stands in the values, too.
    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>>;

    /// One answer a scan, in the order of the scans.
    fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        Box::pin(async move {
            let mut found = Vec::with_capacity(scans.len());
            for Scan { range, limit } in scans {
                found.push(self.scan(range, Direction::Forward, *limit).await?);
            }
            Ok(found)
        })
    }
}

pub type Answer = Box<dyn Any + Send>;

/// What a transaction does: it decides by what it reads, and says what to write. It may be run
/// several times, and only the last run counts; so it touches nothing but the `Tx`.
pub trait Step: Send + Sync {
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>>;
}

pub trait Records: Send + Sync {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>>;

    /// Runs the step and stores its writes as one whole, as if no other transaction ran. Notifies
    /// `context().commits` of the writes, then answers. An error of the step is returned, and nothing is stored.
    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>>;

    fn context(&self) -> &Context;

    /// The store's time in microseconds since the Unix epoch: for a store on a server, the server's.
    fn now_micros(&self) -> i64 {
        self.context().clock.now_micros()
    }

    /// The same in milliseconds.
    fn now(&self) -> i64 {
        self.now_micros().div_euclid(1000)
    }

    /// Ends the use of these records; for the last user of an engine, resolves when it is shut down.
    fn close(&self) -> BoxFuture<'_, Result<()>>;
}
