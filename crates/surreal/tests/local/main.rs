//! The local engine as the addon uses it.

mod conformance;
mod full;
mod locked;
mod opening;
mod others;
mod working;

use std::path::Path;

use rivers_storage::clock::Clock;
use rivers_storage::{Result, Store};
use rivers_storage_surreal::{EmbeddedOptions, StoreHandle, embedded};

async fn open(path: &Path) -> Result<StoreHandle> {
    embedded(path, EmbeddedOptions::default()).await
}

async fn memory() -> StoreHandle {
    rivers_storage_surreal::memory(Clock::system()).await.unwrap()
}

fn store(handle: &StoreHandle) -> Store {
    handle.store().store("here")
}

async fn set(store: &Store, key: &str) {
    store.kv_set(key.to_owned(), key.into()).await.unwrap();
}

async fn has(store: &Store, key: &str) -> bool {
    store.kv_get(key).await.unwrap().is_some()
}
