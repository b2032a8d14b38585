//! The key-value store.

use napi_derive::napi;
use rivers_storage::kv::KeyList;
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::{dual, input};

use crate::from_js::Uint8Array;
use crate::storage::Storage;
use crate::to_js::Buffer;
use crate::types::limit_or_default;

#[input]
#[derive(Default)]
pub struct KvKeysOptions {
    /// Only keys that begin with it.
    pub prefix: Option<String>,
    /// Only keys that come after it, whether it is stored or not.
    pub after: Option<String>,
    /// At most so many; default 100.
    #[napi(ts_type = "number")]
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
    /// The bytes under `key`, or null.
    pub async fn kv_get(store: &Store, key: String) -> Result<Option<Buffer>> {
        Ok(store.kv_get(&key).await?.map(Buffer))
    }

    /// Stores bytes under `key`, in place of what was there. Keys are the same in all code locations.
    pub async fn kv_set(store: &Store, key: String, value: Uint8Array) -> Result<()> {
        store.kv_set(key, value.0).await
    }

    /// Removes what is under `key`. True when there was something.
    pub async fn kv_delete(store: &Store, key: String) -> Result<bool> {
        store.kv_delete(key).await
    }

    /// The keys, in code point order: at most 100, unless `limit` says otherwise.
    #[off_thread]
    pub async fn kv_keys(store: &Store, options: Option<KvKeysOptions>) -> Result<Vec<String>> {
        store.kv_keys(options.unwrap_or_default().into()).await
    }
}
