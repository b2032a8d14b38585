//! Ordered records: all that the storage asks of an engine. The domain is written once, above this interface.

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

use crate::error::{Error, Result};

/// A boxed future, so that a trait object can return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The order of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Ascending by key.
    Forward,
    /// Descending by key.
    Backward,
}

/// A scan of the first rows of a range, ascending by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The keys to scan.
    pub range: Range,
    /// How many rows at most.
    pub limit: usize,
}

impl Scan {
    /// All rows of the range.
    pub const fn all(range: Range) -> Self {
        Self { range, limit: usize::MAX }
    }
}

/// The records as of one point in time. A store on a server answers each call by one round trip, so an operation reads
/// several keys in one call where it can.
pub trait Reads: Send + Sync {
    /// The row with this key, if it is stored.
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>>;

    /// One answer for each key, in the order of the keys.
    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>>;

    /// The first rows of a range. Rows come without their keys: a list finds in the row what it needs of the key.
    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>>;

    /// One answer for each scan, in the order of the scans.
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

/// What a transaction returns. `operation.rs` knows its type.
pub type Answer = Box<dyn Any + Send>;

/// What a transaction does: it reads, decides, and leaves its writes in the `Tx`. An engine may run it several times,
/// and only the last run counts, so it must change nothing but the `Tx`.
pub trait Step: Send + Sync {
    /// Runs the step once. If it fails, nothing is stored.
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>>;

    /// Whether it goes before other steps that wait, because its caller loses what it holds if it takes long.
    fn is_urgent(&self) -> bool {
        false
    }

    /// The step as a message to the process that decides on pools for all. None for a step that each process runs itself.
    fn call(&self) -> Option<Call> {
        None
    }

    /// The answer of the step, from the row that the other process answered with.
    fn answer_from(&self, _row: Row) -> Result<Answer> {
        Err(Error::internal("a step that no other process runs was answered by one"))
    }
}

/// A step as a message to another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is asked for.
    pub name: &'static str,
    /// How.
    pub request: Row,
    /// In milliseconds since the Unix epoch: after this its caller has given up, if it has a limit of its own.
    pub until: Option<i64>,
}

/// The records of a store: the border between the domain and an engine.
pub trait Records: Send + Sync {
    /// Reads outside of a transaction: the committed records as of this call. On a server each read has a moment of its own.
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>>;

    /// Like [`Records::view`], for several reads that must see one moment. It costs a round trip on a server.
    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        self.view()
    }

    /// The rows of pools as this process knows them, which may be out of date: for hints.
    fn glance(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        self.view()
    }

    /// Runs the step and stores its writes, all or none, as if no other transaction ran. Notifies `context().commits`
    /// of the writes, then answers. If the step fails, its error is returned and nothing is stored.
    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>>;

    /// What the store gives to its transactions beside records.
    fn context(&self) -> &Context;

    /// The store's time in microseconds since the Unix epoch. A store on a server returns the server's.
    fn now_micros(&self) -> i64 {
        self.context().clock.now_micros()
    }

    /// The store's time in milliseconds since the Unix epoch.
    fn now(&self) -> i64 {
        self.now_micros().div_euclid(1000)
    }

    /// For a store that several processes have open: looks which of them decides on pools for all. If there is none, this one
    /// does from now on. Fails soon if the server does not answer.
    fn look(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// The use of these records ends soon: a connection that is lost is not made again.
    fn prepare_close(&self) {}

    /// Ends the use of these records. For the last user of an engine, resolves when the engine is shut down.
    fn close(&self) -> BoxFuture<'_, Result<()>>;
}
