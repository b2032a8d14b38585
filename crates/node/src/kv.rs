//! The key-value store.

use napi_derive::napi;
use rivers_storage::kv::KeyList;
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::{dual, input};

use crate::from_js::Uint8Array;
use crate::storage::Storage;
use crate::to_js::Buffer;
use crate::types::limit_or_default;

/// Which keys `kvKeys` lists.
#[input]
#[derive(Default)]
pub struct KvKeysOptions {
    /// Only keys that begin with this text. Default: all.
    pub prefix: Option<String>,
    /// Only keys after this one, whether it is stored or not.
    pub after: Option<String>,
    /// How many at most; 0 gives none. Default 100.
    pub limit: Option<usize>,
}

impl From<KvKeysOptions> for KeyList {
    fn from(KvKeysOptions { prefix, after, limit }: KvKeysOptions) -> Self {
        Self { prefix: prefix.unwrap_or_default(), after, limit: limit_or_default(limit) }
    }
}

#[dual]
#[napi]
impl Storage {
    /// Reads the bytes under `key`. Keys are shared by all code locations.
    ///
    /// @returns null if there is no such key
    pub async fn kv_get(store: &Store, key: String) -> Result<Option<Buffer>> {
        Ok(store.kv_get(&key).await?.map(Buffer))
    }

    /// Stores bytes under `key` and replaces what was there. Keys are shared by all code locations.
    pub async fn kv_set(store: &Store, key: String, value: Uint8Array) -> Result<()> {
        store.kv_set(key, value.0).await
    }

    /// Removes `key`.
    ///
    /// @returns whether there was such a key
    pub async fn kv_delete(store: &Store, key: String) -> Result<bool> {
        store.kv_delete(key).await
    }

    /// Lists the keys, in code point order: 100, unless `limit` is given.
    #[off_event_loop]
    pub async fn kv_keys(store: &Store, options: Option<KvKeysOptions>) -> Result<Vec<String>> {
        store.kv_keys(options.unwrap_or_default().into()).await
    }
}
