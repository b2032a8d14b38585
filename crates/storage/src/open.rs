//! Opens a store.

use std::sync::Arc;

use crate::error::Result;
use crate::operation::transact;
use crate::pools::{self, Gone, WaitScope, WaitService};
use crate::records::Records;
use crate::store::Store;
use crate::{runs, schema};

/// An open store, which all storage objects on it share.
pub struct OpenStore {
    records: Arc<dyn Records>,
    waits: Arc<WaitService>,
}

impl OpenStore {
    /// Stamps a new store or checks the stamp of an existing one, and finishes what a crash interrupted. The store must
    /// have no other owner. Fails with `Code::Schema` if the store has another schema version.
    pub async fn open(records: Arc<dyn Records>) -> Result<Arc<Self>> {
        schema::open(records.as_ref()).await?;
        let open = Self::listen(records, None);
        let store = open.store("");
        let process = open.waits.process();
        pools::recover(&store, process, Gone::AllBut(process.clone())).await?;
        runs::finish_deletions(&store).await?;
        Ok(open)
    }

    /// Like [`OpenStore::open`], for a store that other processes have open, too. It costs the same however much is stored, and
    /// finishes what a crash interrupted in the background.
    pub async fn open_shared(records: Arc<dyn Records>) -> Result<Arc<Self>> {
        schema::open_shared(records.as_ref()).await?;
        let opened_at = records.now();
        let open = Self::listen(records, Some(opened_at));
        pools::beat(&open.store(""), open.waits.process(), opened_at, false).await?;
        // Of a process that was killed. One that lives may be at it, too: both remove the same.
        let store = open.store("");
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            drop(runtime.spawn(async move { runs::finish_deletions(&store).await }));
        }
        Ok(open)
    }

    fn listen(records: Arc<dyn Records>, shared_since: Option<i64>) -> Arc<Self> {
        let waits = WaitService::listen(&records, shared_since);
        Arc::new(Self { records, waits })
    }

    /// The records of the store.
    pub fn records(&self) -> &dyn Records {
        self.records.as_ref()
    }

    /// The store as a code location sees it.
    pub fn store(&self, location: &str) -> Store {
        Store::new(Arc::clone(&self.records), location)
    }

    /// The waits and leases of one storage object, which sees the store from a code location.
    pub fn wait_scope(&self, location: &str) -> Arc<WaitScope> {
        WaitScope::new(self.store(location), Arc::clone(&self.waits))
    }

    /// Stores the time in the stamp, so that it does not go back, and ends the use of the records. A store that others have
    /// open, too, needs no time, and what it holds of this process goes by itself if the server cannot be told.
    pub async fn close(&self) -> Result<()> {
        if self.waits.is_shared() {
            let process = self.waits.process().clone();
            drop(
                transact(self.records(), process, |tx, process| {
                    pools::leave(tx, process);
                    Box::pin(std::future::ready(Ok(())))
                })
                .await,
            );
            return self.records.close().await;
        }
        let left = transact(self.records(), self.waits.process().clone(), |tx, process| {
            Box::pin(async move {
                pools::leave(tx, process);
                schema::leave_time(tx).await
            })
        });
        let left = left.await;
        self.records.close().await.and(left)
    }
}
