//! A store seen from one code location.

use std::sync::Arc;

use compact_str::CompactString;

use crate::error::Result;
use crate::operation::{self, Decide, Portable};
use crate::records::{Reads, Records};

/// A store as one code location sees it. Each operation is a method, defined in the module of its subject.
#[derive(Clone)]
pub struct Store {
    records: Arc<dyn Records>,
    pub(crate) location: CompactString,
}

impl Store {
    /// The store on these records, for a code location.
    pub fn new(records: Arc<dyn Records>, location: &str) -> Self {
        Self { records, location: location.into() }
    }

    /// The same store, for another code location.
    pub fn at(&self, location: &str) -> Self {
        Self { records: Arc::clone(&self.records), location: location.into() }
    }

    /// The code location.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The records that the operations run on.
    pub fn records(&self) -> &dyn Records {
        self.records.as_ref()
    }

    /// The store's time in milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        self.records.now()
    }

    /// The store's time in microseconds since the Unix epoch.
    pub fn now_micros(&self) -> i64 {
        self.records.now_micros()
    }

    /// Whether both are the same store, through one opening or several. A copy of a store's folder counts as the same
    /// store.
    pub fn is_same_store(&self, other: &Self) -> bool {
        self.records.context().store_id() == other.records.context().store_id()
    }

    /// Reads outside of a transaction, by several calls that see one moment.
    pub async fn snapshot(&self) -> Result<Box<dyn Reads>> {
        self.records.snapshot().await
    }

    /// Reads outside of a transaction: one, or several that need not see one moment.
    pub async fn view(&self) -> Result<Box<dyn Reads>> {
        self.records.view().await
    }

    /// Runs an operation as one transaction.
    pub async fn transact<R, A>(&self, request: R, decide: Decide<R, A>) -> Result<A>
    where
        R: Send + Sync + 'static,
        A: Send + 'static,
    {
        operation::transact(self.records(), request, decide).await
    }

    /// Runs a request as one transaction, here or in the process that decides on pools for all.
    pub async fn transact_portable<R: Portable>(&self, request: R) -> Result<R::Answer> {
        operation::transact_portable(self.records(), request).await
    }
}
