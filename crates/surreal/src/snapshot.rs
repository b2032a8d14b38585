//! The keys and values of one moment, for the executor of SurrealQL.

use std::sync::Arc;

use rivers_storage::{Error, Result};
use surrealdb_kvs::api::Transactable;

use crate::engine::{Engine, OpenEngine};
use crate::errors::failure;
use crate::kvs::{KvTransaction, Writes};

/// Rows that snapshots show in place of stored ones. They are never stored.
#[derive(Clone, Default)]
pub struct Overlay(Arc<Writes>);

/// Takes snapshots of a store, while it is open.
#[derive(Clone)]
pub struct Snapshots(Arc<Engine>);

impl Snapshots {
    pub(crate) const fn of(engine: Arc<Engine>) -> Self {
        Self(engine)
    }

    /// A snapshot with everything that was acknowledged before this call.
    pub fn read(&self, overlay: &Overlay) -> Result<Snapshot> {
        let opened = self.0.opened()?;
        let transaction = opened.datastore().kv_store().snapshot(Arc::clone(&overlay.0));
        Ok(Snapshot { transaction, opened })
    }

    /// A snapshot that buffers writes. They are never stored.
    pub fn draft(&self) -> Result<Snapshot> {
        let opened = self.0.opened()?;
        let transaction = opened.datastore().kv_store().draft();
        Ok(Snapshot { transaction, opened })
    }
}

/// The keys and values of one moment. It keeps the engine open.
pub struct Snapshot {
    // Fields are dropped in this order, and the transaction must end before the engine.
    transaction: KvTransaction,
    opened: Arc<OpenEngine>,
}

impl Snapshot {
    /// The snapshot as SurrealDB's interface of a transaction.
    pub fn transaction(&self) -> &dyn Transactable {
        &self.transaction
    }

    /// The writes of a draft, which later snapshots can show.
    pub fn take_overlay(&self) -> Overlay {
        Overlay(Arc::new(self.transaction.take_writes()))
    }

    /// The error of a read that failed.
    pub fn read_error(&self, error: surrealdb_kvs::Error) -> Error {
        failure(&format!("{}: cannot read", self.opened.name()), error)
    }
}
