//! What needs the engine itself beside the store: `SurrealQL` over its records, and its own
//! transactions.

mod ordinary_records;
mod refused;
mod transactions;

use std::path::Path;
use std::sync::Arc;

use rivers_storage_surrealql::Database;
use surrealdb_core::kvs::Datastore;
use surrealdb_datastore::val::Value;

use crate::config::{EmbeddedOptions, Settings};
use crate::open::{Location, open_engine};
use crate::schema_guard::{DATABASE, NAMESPACE};

async fn engine(path: &Path) -> Arc<Datastore> {
    open_engine(&Location::Directory(path.to_owned(), Settings::from(EmbeddedOptions::default()))).await.unwrap()
}

/// The answer of one statement.
async fn query(datastore: &Datastore, text: &str) -> Value {
    let database = Database { datastore, namespace: NAMESPACE, name: DATABASE };
    database.query(text).await.unwrap_or_else(|error| panic!("{text}: {error}"))
}
