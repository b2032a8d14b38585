//! The graph of assets, and what is out of date in it.

use rivers_storage::staleness;
use rivers_storage_node_macros::{input, names, output};

#[names(staleness::NodeKind)]
pub enum NodeKind {
    #[name("asset")]
    Asset,
    #[name("task")]
    Task,
    #[name("graph_asset")]
    GraphAsset,
}

#[input(staleness::GraphNode)]
pub struct NewGraphNode {
    pub name: String,
    pub kind: NodeKind,
    pub group: Option<Option<String>>,
    pub parent_graph: Option<Option<String>>,
}

#[input(staleness::GraphTopology)]
pub struct NewGraphTopology {
    pub nodes: Vec<NewGraphNode>,
    /// [downstream, upstream]
    pub edges: Vec<(String, String)>,
}

#[output(staleness::GraphNode)]
pub struct GraphNode {
    pub name: String,
    pub kind: NodeKind,
    pub group: Option<String>,
    pub parent_graph: Option<String>,
}

#[output(staleness::GraphTopology)]
pub struct GraphTopology {
    pub nodes: Vec<GraphNode>,
    /// [downstream, upstream]
    pub edges: Vec<(String, String)>,
}

#[names(staleness::StalenessStatus)]
pub enum StalenessStatus {
    UpToDate,
    Stale,
    Missing,
}

#[names(staleness::CauseCategory)]
pub enum CauseCategory {
    Code,
    Data,
}

#[output(staleness::StaleCause)]
pub struct StaleCause {
    pub asset_key: String,
    pub category: CauseCategory,
    pub reason: String,
    /// The upstream that the cause is about.
    pub dependency: Option<String>,
}

/// Whether an asset is up to date, and if not, why.
#[output(staleness::AssetStaleness)]
pub struct AssetStaleness {
    pub status: StalenessStatus,
    pub causes: Vec<StaleCause>,
}
