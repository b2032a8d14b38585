//! Storage objects on simulated records.

use std::ops::Deref;
use std::sync::Arc;

use rivers_storage::pools::{Acquire, SlotLease, WaitScope};
use rivers_storage::records::Records;
use rivers_storage::{Code, OpenStore, Result, Store};
use tokio_util::sync::CancellationToken;

use crate::Simulated;

pub const NOW: i64 = 1_000_000;

/// A storage object: an open store, seen from one code location, with waits and leases of its own.
#[derive(Clone)]
pub struct Storage {
    pub open: Arc<OpenStore>,
    pub scope: Arc<WaitScope>,
}

impl Storage {
    pub async fn open(records: Arc<dyn Records>) -> Result<Self> {
        Ok(Self::at(&OpenStore::open(records).await?, "default"))
    }

    pub fn at(open: &Arc<OpenStore>, location: &str) -> Self {
        Self { open: Arc::clone(open), scope: open.wait_scope(location) }
    }

    pub async fn acquire_slots(&self, request: Acquire, abort: CancellationToken) -> Result<SlotLease> {
        self.scope.acquire_slots(request, abort).await
    }

    pub async fn advance_time(&self, by_ms: i64) -> Result<()> {
        self.scope.advance_time(by_ms).await
    }
}

impl Deref for Storage {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.scope.store()
    }
}

pub async fn open(records: &Arc<Simulated>) -> Storage {
    Storage::open(Arc::clone(records) as _).await.expect("opens")
}

pub async fn store() -> (Arc<Simulated>, Storage) {
    let records = Arc::new(Simulated::new(NOW));
    let store = open(&records).await;
    (records, store)
}

/// A store as the next process finds it.
pub async fn reopen(records: &Simulated) -> (Arc<Simulated>, Storage) {
    let records = Arc::new(records.restarted());
    let store = open(&records).await;
    (records, store)
}

pub fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.expect_err("fails").code()
}
