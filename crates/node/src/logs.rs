//! Logs of steps.

use napi_derive::napi;
use rivers_storage::logs::{NewLog, StoredLog};
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;

#[dual]
#[napi]
impl Storage {
    /// Stores logs in their order, all or none, and gives their ids.
    #[off_thread]
    pub async fn store_run_logs(store: &Store, logs: Vec<NewLog>) -> Result<Vec<String>> {
        store.store_run_logs(logs).await
    }

    /// The run's logs, oldest first.
    #[off_thread]
    pub async fn get_run_logs(store: &Store, run_id: String) -> Result<Vec<StoredLog>> {
        store.get_run_logs(&run_id).await
    }
}
