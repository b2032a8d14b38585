//! Removes many rows without holding up other calls: each transaction removes a bounded number, and other transactions
//! run in between.

use std::sync::Arc;

use crate::error::Result;
use crate::operation::Decide;
use crate::records::{Direction, Key, Range, Row, Tx};
use crate::store::Store;

/// How many rows a transaction looks at.
pub const BATCH: usize = 256;

/// What one transaction did, and where the next one continues. `last` is None at the end of the range.
#[derive(Default)]
pub struct BatchProgress {
    pub removed: usize,
    pub last: Option<Key>,
}

impl BatchProgress {
    /// `seen` are the keys of all rows of the batch, in their order.
    pub fn new(removed: usize, mut seen: Vec<Key>) -> Self {
        let last = if seen.len() < BATCH { None } else { seen.pop() };
        Self { removed, last }
    }
}

pub type BatchRequest<W> = (Range, Arc<W>);

/// The first rows of the rest of the range.
pub async fn first(tx: &Tx<'_>, rest: &Range) -> Result<Vec<Row>> {
    tx.scan(rest, Direction::Forward, BATCH).await
}

/// Runs `step` over the range, batch by batch. Returns how many rows were removed.
pub async fn in_batches<W: Send + Sync + 'static>(
    store: &Store,
    mut range: Range,
    what: W,
    step: Decide<BatchRequest<W>, BatchProgress>,
) -> Result<usize> {
    let what = Arc::new(what);
    let mut removed = 0;
    loop {
        let progress = store.transact((range.clone(), Arc::clone(&what)), step).await?;
        removed += progress.removed;
        let Some(last) = progress.last else { return Ok(removed) };
        range = range.past(last);
    }
}
