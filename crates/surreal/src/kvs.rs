//! The engine's keys and values, for one writer: RocksDB in a directory, a map in memory.
//!
//! The engine's own stores (`surrealdb-kvs-rocksdb`, `surrealdb-kvs-mem`) are for many writers: a transaction takes a
//! snapshot and locks, checks for conflicts when it commits, and hands the sync of its log to a thread. Here group commit
//! is the only writer, so a commit is one batch, written and synced on the calling thread. That halves the time of a
//! commit, and saves 40 MB of locks (docs/performance.md). Keys, values and files have the engine's format: each opens the
//! stores of the other.

mod cursor;
mod files;
mod memory;
mod transaction;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use surrealdb_kvs::api::{BoxFut, Transactable};
use surrealdb_kvs::{Metrics, Result, TransactionBuilder, TransactionType, Val};

use self::files::FileStore;
pub use self::files::cancel_background_work;
use self::memory::MemoryStore;
pub use self::transaction::KvTransaction;
use self::view::KvView;
use crate::config::EngineSettings;
use crate::folder::{LockedFolder, Recovered};

pub struct KvStore(Backend);

#[derive(Clone)]
pub enum Backend {
    Memory(Arc<MemoryStore>),
    Files(Arc<FileStore>),
}

/// By key; None deletes it.
pub type Writes = BTreeMap<Vec<u8>, Option<Val>>;

impl KvStore {
    pub fn memory() -> Self {
        Self(Backend::Memory(Arc::default()))
    }

    /// Opens a store to read it, without a write to its folder.
    pub fn reading(folder: &LockedFolder, settings: &EngineSettings) -> anyhow::Result<(Self, Recovered)> {
        let (files, recovered) = FileStore::reading(folder, settings)?;
        Ok((Self(Backend::Files(files)), recovered))
    }

    pub fn directory(folder: LockedFolder, settings: &EngineSettings) -> anyhow::Result<Self> {
        Ok(Self(Backend::Files(FileStore::open(folder, settings)?)))
    }

    /// Reads the rows of now. Those of `overlay` replace stored ones.
    pub fn snapshot(&self, overlay: Arc<Writes>) -> KvTransaction {
        KvTransaction::reading_with(KvView::snapshot(&self.0), overlay)
    }

    /// Reads the rows of now, and buffers writes that are never stored.
    pub fn draft(&self) -> KvTransaction {
        KvTransaction::draft(KvView::snapshot(&self.0))
    }
}

impl Backend {
    fn commit(&self, writes: Writes) -> Result<()> {
        match self {
            Self::Memory(memory) => {
                memory.commit(writes);
                Ok(())
            }
            Self::Files(files) => files.commit(&writes),
        }
    }
}

impl TransactionBuilder for KvStore {
    fn name(&self) -> &'static str {
        match &self.0 {
            Backend::Memory(_) => "memory",
            Backend::Files(_) => "rocksdb",
        }
    }

    fn new_transaction(&self, kind: TransactionType) -> BoxFut<'_, Result<(Box<dyn Transactable>, bool)>> {
        let transaction = match kind {
            TransactionType::Read => KvTransaction::reading(KvView::snapshot(&self.0)),
            TransactionType::Write => KvTransaction::writing(&self.0),
        };
        // True: the store is in this process.
        Box::pin(std::future::ready(Ok((Box::new(transaction) as Box<dyn Transactable>, true))))
    }

    fn shutdown(&self) -> BoxFut<'_, Result<()>> {
        let ended = match &self.0 {
            Backend::Memory(_) => Ok(()),
            Backend::Files(files) => files.end(),
        };
        Box::pin(std::future::ready(ended))
    }

    fn register_metrics(&self) -> Option<Metrics> {
        None
    }

    fn collect_u64_metric(&self, _: &str) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests;
