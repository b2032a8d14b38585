//! The engine's keys and values, for one writer: `RocksDB` in a directory, a map in memory.
//!
//! The engine's own stores (`surrealdb-kvs-rocksdb`, `surrealdb-kvs-mem`) are for many writers: a
//! transaction takes a snapshot and locks, looks at its commit whether another one was faster, and hands
//! the sync of its log to a thread. Here group commit is the only writer, so a commit is one batch,
//! written and synced on the spot: half the time of a commit, and 40 MB of locks less
//! (docs/performance.md). Keys, values and files are the engine's: each opens what the other made.

mod cursor;
mod files;
mod memory;
mod transaction;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use surrealdb_kvs::api::{BoxFut, Transactable};
use surrealdb_kvs::{Metrics, Result, TransactionBuilder, TransactionType, Val};

use self::files::Files;
pub use self::files::hurry;
use self::memory::Memory;
use self::transaction::Transaction;
use self::view::View;
use crate::config::Settings;
use crate::folder::{LockedFolder, Recovered};

pub struct Datastore(Stored);

#[derive(Clone)]
enum Stored {
    Memory(Arc<Memory>),
    Files(Arc<Files>),
}

/// By key, with nothing for what was deleted.
type Writes = BTreeMap<Vec<u8>, Option<Val>>;

impl Datastore {
    pub fn memory() -> Self {
        Self(Stored::Memory(Arc::default()))
    }

    /// Writes nothing.
    pub fn reading(folder: &LockedFolder, settings: &Settings) -> anyhow::Result<(Self, Recovered)> {
        let (files, recovered) = Files::reading(folder, settings)?;
        Ok((Self(Stored::Files(files)), recovered))
    }

    pub fn directory(folder: LockedFolder, settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self(Stored::Files(Files::open(folder, settings)?)))
    }
}

impl Stored {
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

impl TransactionBuilder for Datastore {
    fn name(&self) -> &'static str {
        match &self.0 {
            Stored::Memory(_) => "memory",
            Stored::Files(_) => "rocksdb",
        }
    }

    fn new_transaction(&self, kind: TransactionType) -> BoxFut<'_, Result<(Box<dyn Transactable>, bool)>> {
        let transaction = match kind {
            TransactionType::Read => Transaction::reading(View::of_now(&self.0)),
            TransactionType::Write => Transaction::writing(self.0.clone()),
        };
        // True says that it is in this process.
        Box::pin(std::future::ready(Ok((Box::new(transaction) as Box<dyn Transactable>, true))))
    }

    fn shutdown(&self) -> BoxFut<'_, Result<()>> {
        let ended = match &self.0 {
            Stored::Memory(_) => Ok(()),
            Stored::Files(files) => files.end(),
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
