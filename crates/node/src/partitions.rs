//! Materialized and dynamic partitions.

use napi::Env;
use napi_derive::napi;
use rivers_storage::partitions::PartitionKey;
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::call::{self, Prepared};
use crate::from_js::{FromJs, ValuePath};
use crate::js::typed;
use crate::storage::Storage;
use crate::to_js::count;

#[dual]
#[napi]
impl Storage {
    /// The partitions of the asset that are materialized, by key.
    #[off_thread]
    pub async fn get_materialized_partitions(store: &Store, asset_key: String) -> Result<Vec<PartitionKey>> {
        store.get_materialized_partitions(&asset_key).await
    }

    /// How many partitions of the asset are materialized.
    #[off_thread]
    pub async fn count_materialized_partitions(store: &Store, asset_key: String) -> Result<u32> {
        store.count_materialized_partitions(&asset_key).await.map(count)
    }

    /// Adds keys to the dynamic partitions of this name, all or none; those that are there stay. Keys may not be empty,
    /// nor contain '|' or ','.
    #[off_thread]
    pub async fn add_dynamic_partitions(store: &Store, name: String, keys: Vec<String>) -> Result<()> {
        store.add_dynamic_partitions(name, keys).await
    }

    /// Takes a key from the dynamic partitions of this name. What was materialized of it stays.
    pub async fn delete_dynamic_partition(store: &Store, name: String, key: String) -> Result<()> {
        store.delete_dynamic_partition(&name, &key).await
    }

    /// The keys of the dynamic partitions of this name, in code point order.
    #[off_thread]
    pub async fn get_dynamic_partitions(store: &Store, name: String) -> Result<Vec<String>> {
        store.get_dynamic_partitions(&name).await
    }

    /// Whether the dynamic partitions of this name have the key.
    pub async fn has_dynamic_partition(store: &Store, name: String, key: String) -> Result<bool> {
        store.has_dynamic_partition(&name, &key).await
    }
}

/// The display form of a partition key: values joined by ',', dimensions 'name=v1,v2' sorted by name and joined by '|',
/// members of a set by ', '.
#[napi]
pub fn format_partition_key(env: &Env, key: typed::Arc<PartitionKey>) -> typed::Arc<String> {
    call::sync(env, || {
        let key = PartitionKey::from_js(key.js(), &ValuePath::Argument("key"))?;
        Ok(Prepared { future: async move { Ok(key.to_string()) }, runs_inline: true })
    })
}
