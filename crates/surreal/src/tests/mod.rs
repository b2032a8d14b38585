//! What needs the engine itself beside the store: `SurrealQL` over its records, and its own
//! transactions.

mod ordinary_records;
mod refused;
mod transactions;

use std::path::Path;

use rivers_storage_surrealql::Database;
use surrealdb_datastore::val::Value;
use surrealdb_kvs::TransactionBuilder;

use crate::config::{EmbeddedOptions, Settings};
use crate::open::{Location, open_engine};
use crate::schema_guard::{DATABASE, NAMESPACE};

async fn engine(path: &Path) -> Box<dyn TransactionBuilder> {
    open_engine(&Location::Directory(path.to_owned(), Settings::from(EmbeddedOptions::default()))).await.unwrap()
}

/// As the engine's own server would open it.
async fn database(path: &Path) -> Database {
    Database::open(engine(path).await, NAMESPACE, DATABASE).await.unwrap()
}

/// The answer of one statement.
async fn query(database: &Database, text: &str) -> Value {
    database.query(text).await.unwrap_or_else(|error| panic!("{text}: {error}"))
}
