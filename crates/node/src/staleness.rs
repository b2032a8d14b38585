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
    #[off_event_loop]
    pub async fn set_graph_topology(store: &Store, topology: NewGraphTopology) -> Result<()> {
        store.set_graph_topology(topology).await
    }

    /// Reads the graph of the code location.
    ///
    /// @returns null if none was set
    #[off_event_loop]
    pub async fn get_graph_topology(store: &Store) -> Result<Option<GraphTopology>> {
        store.get_graph_topology().await
    }

    /// Computes for every registered asset whether it is up to date, and if not, why. Compares each asset's newest
    /// materialization with its code version and with the data versions of its upstream assets in the graph.
    ///
    /// @returns the staleness of each asset, by asset key
    #[off_event_loop]
    pub async fn compute_staleness(store: &Store) -> Result<BTreeMap<String, AssetStaleness>> {
        store.compute_staleness().await
    }
}
