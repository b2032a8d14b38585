//! The graph of assets, and what is out of date.

use std::collections::BTreeMap;

use napi_derive::napi;
use rivers_storage::staleness::{AssetStaleness, GraphTopology, GraphTopology as NewGraphTopology};
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;

#[dual]
#[napi]
impl Storage {
    /// Replaces the graph of the code location.
    #[off_thread]
    pub async fn set_graph_topology(store: &Store, topology: NewGraphTopology) -> Result<()> {
        store.set_graph_topology(topology).await
    }

    /// The graph as it was last set, or null.
    #[off_thread]
    pub async fn get_graph_topology(store: &Store) -> Result<Option<GraphTopology>> {
        store.get_graph_topology().await
    }

    /// Of every registered asset: whether it is up to date, and if not, why.
    #[off_thread]
    pub async fn compute_staleness(store: &Store) -> Result<BTreeMap<String, AssetStaleness>> {
        store.compute_staleness().await
    }
}
