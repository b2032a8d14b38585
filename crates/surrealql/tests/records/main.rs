//! The store's records as the engine's own server reads them, and how the store treats what a server has added.

#![recursion_limit = "512"]

mod ordinary;
mod refused;
mod server;

use std::path::Path;

use surrealdb_datastore::val::Value;
use surrealdb_kvs::TransactionBuilder;
use surrealdb_kvs_rocksdb::RocksDbConfig;

use self::server::Database;

/// With the options of a server.
async fn engine(path: &Path) -> Box<dyn TransactionBuilder> {
    let config = RocksDbConfig { block_cache_size: 8 << 20, write_buffer_size: 8 << 20, ..RocksDbConfig::default() };
    Box::new(surrealdb_kvs_rocksdb::Datastore::new(path.to_str().unwrap(), config).await.unwrap())
}

async fn database(path: &Path) -> Database {
    Database::open(engine(path).await, "rivers", "main").await.unwrap()
}

/// The answer of one statement.
async fn query(database: &Database, text: &str) -> Value {
    database.query(text).await.unwrap_or_else(|error| panic!("{text}: {error}"))
}
