//! Logs of steps.

use napi_derive::napi;
use rivers_storage::logs::{NewLog, StoredLog};
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;

#[dual]
#[napi]
impl Storage {
    /// Stores outputs of steps in their order, all or none.
    ///
    /// @returns the ids of the logs, in their order
    /// @throws {StorageError} ERR_CONFLICT if an id is in use for a log of another run or step.
    #[off_event_loop]
    pub async fn store_run_logs(store: &Store, logs: Vec<NewLog>) -> Result<Vec<String>> {
        store.store_run_logs(logs).await
    }

    /// Lists the logs of the run, oldest first: all of them.
    #[off_event_loop]
    pub async fn get_run_logs(store: &Store, run_id: String) -> Result<Vec<StoredLog>> {
        store.get_run_logs(&run_id).await
    }
}
