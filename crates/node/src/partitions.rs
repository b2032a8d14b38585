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
    /// Lists the materialized partitions of the asset, by key: all of them.
    #[off_event_loop]
    pub async fn get_materialized_partitions(store: &Store, asset_key: String) -> Result<Vec<PartitionKey>> {
        store.get_materialized_partitions(&asset_key).await
    }

    /// Counts the materialized partitions of the asset.
    #[off_event_loop]
    pub async fn count_materialized_partitions(store: &Store, asset_key: String) -> Result<u32> {
        store.count_materialized_partitions(&asset_key).await.map(count)
    }

    /// Adds keys to the dynamic partitions of this name, all or none. Keys that are there already stay.
    ///
    /// @throws {StorageError} ERR_INVALID_ARG if a key is empty or contains '|' or ','.
    #[off_event_loop]
    pub async fn add_dynamic_partitions(store: &Store, name: String, keys: Vec<String>) -> Result<()> {
        store.add_dynamic_partitions(name, keys).await
    }

    /// Removes a key from the dynamic partitions of this name. Its materializations stay.
    pub async fn delete_dynamic_partition(store: &Store, name: String, key: String) -> Result<()> {
        store.delete_dynamic_partition(&name, &key).await
    }

    /// Lists the keys of the dynamic partitions of this name, in code point order: all of them.
    #[off_event_loop]
    pub async fn get_dynamic_partitions(store: &Store, name: String) -> Result<Vec<String>> {
        store.get_dynamic_partitions(&name).await
    }

    /// Tells whether the dynamic partitions of this name have the key.
    pub async fn has_dynamic_partition(store: &Store, name: String, key: String) -> Result<bool> {
        store.has_dynamic_partition(&name, &key).await
    }
}

/// Formats a partition key for people: values joined by ',', dimensions 'name=v1,v2' sorted by name and joined by '|',
/// members of a set joined by ', '. Different keys may have the same form.
///
/// @throws {StorageError} ERR_INVALID_ARG if it is no partition key.
#[napi]
pub fn format_partition_key(
    env: &Env,
    #[napi(ts_arg_type = "PartitionInput")] key: typed::Arc<PartitionKey>,
) -> typed::Arc<String> {
    call::sync(env, || {
        let key = PartitionKey::from_js(key.js(), &ValuePath::Argument("key"))?;
        Ok(Prepared { future: async move { Ok(key.to_string()) }, runs_inline: true })
    })
}
