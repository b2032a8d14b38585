//! A store seen from one code location.

use std::sync::Arc;

use compact_str::CompactString;

use crate::error::Result;
use crate::operation::{self, Decide};
use crate::records::{Reads, Records};

/// Every operation is a method of it, defined in the module of its subject.
#[derive(Clone)]
pub struct Store {
    records: Arc<dyn Records>,
    pub(crate) location: CompactString,
}

impl Store {
    pub fn new(records: Arc<dyn Records>, location: &str) -> Self {
        Self { records, location: location.into() }
    }

    /// The same store, seen from another code location.
    pub fn at(&self, location: &str) -> Self {
        Self { records: Arc::clone(&self.records), location: location.into() }
    }

    pub fn location(&self) -> &str {
        &self.location
    }

    pub fn records(&self) -> &dyn Records {
        self.records.as_ref()
    }

    /// In milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        self.records.now()
    }

    /// Whether both see the same store, through one opening or through several. A copy of a store's folder is the same store.
    pub fn is_same_store(&self, other: &Self) -> bool {
        self.records.context().store_id() == other.records.context().store_id()
    }

    pub async fn view(&self) -> Result<Box<dyn Reads>> {
        self.records.view().await
    }

    pub async fn transact<R, A>(&self, request: R, decide: Decide<R, A>) -> Result<A>
    where
        R: Send + Sync + 'static,
        A: Send + 'static,
    {
        operation::transact(self.records(), request, decide).await
    }
}
