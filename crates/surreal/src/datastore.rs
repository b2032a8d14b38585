//! The engine's keys and values, and its definitions of tables: an operation needs no more of the engine.
//! `crates/surrealql` executes SurrealQL on them.

use std::sync::Arc;

use surrealdb_datastore::sequences::Sequences;
use surrealdb_datastore::triggers::CommitTriggers;
use surrealdb_datastore::{Transaction as DefinitionTransaction, TransactionConfig, TransactionFactory};
use surrealdb_kvs::api::{BoxFut, Transactable};
use surrealdb_kvs::{Metrics, Result, TransactionBuilder, TransactionType};
use uuid::Uuid;

use crate::kvs::KvStore;

pub struct Datastore {
    kv_store: Arc<KvStore>,
    definitions: TransactionFactory,
    /// Numbers for new namespaces, databases and tables.
    sequences: Sequences,
}

impl Datastore {
    pub fn new(kv_store: KvStore) -> Self {
        let kv_store = Arc::new(kv_store);
        let shared = Box::new(SharedBuilder(Arc::clone(&kv_store)));
        let triggers = Arc::new(CommitTriggers::new());
        let definitions = TransactionFactory::new(triggers, shared, Arc::new(TransactionConfig::default()));
        let sequences = Sequences::new(definitions.clone(), Uuid::new_v4());
        Self { kv_store, definitions, sequences }
    }

    pub fn kv_store(&self) -> &KvStore {
        &self.kv_store
    }

    /// A transaction on keys and values only.
    pub async fn begin(&self, kind: TransactionType) -> Result<Box<dyn Transactable>> {
        Ok(self.kv_store.new_transaction(kind).await?.0)
    }

    /// A transaction that also knows the definitions of tables, which makes it several times as slow.
    pub async fn begin_defining(&self, kind: TransactionType) -> anyhow::Result<DefinitionTransaction> {
        self.definitions.transaction(kind, self.sequences.clone()).await
    }

    pub async fn shutdown(&self) -> Result<()> {
        self.kv_store.shutdown().await
    }
}

struct SharedBuilder(Arc<KvStore>);

impl TransactionBuilder for SharedBuilder {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn new_transaction(&self, kind: TransactionType) -> BoxFut<'_, Result<(Box<dyn Transactable>, bool)>> {
        self.0.new_transaction(kind)
    }

    fn shutdown(&self) -> BoxFut<'_, Result<()>> {
        self.0.shutdown()
    }

    fn register_metrics(&self) -> Option<Metrics> {
        self.0.register_metrics()
    }

    fn collect_u64_metric(&self, metric: &str) -> Option<u64> {
        self.0.collect_u64_metric(metric)
    }
}
