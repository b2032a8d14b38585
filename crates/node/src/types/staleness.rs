//! The graph of assets, and what is out of date in it.

use rivers_storage::staleness;
use rivers_storage_node_macros::{input, names, output};

/// What a node of the graph is.
#[names(staleness::NodeKind)]
pub enum NodeKind {
    #[name("asset")]
    Asset,
    #[name("task")]
    Task,
    #[name("graph_asset")]
    GraphAsset,
}

/// A node of the graph, as `setGraphTopology` takes it.
#[input(staleness::GraphNode)]
pub struct NewGraphNode {
    /// Name of the node; the asset key, for an asset.
    pub name: String,
    /// What the node is.
    pub kind: NodeKind,
    /// The group that the node is shown in. Default: none.
    pub group: Option<Option<String>>,
    /// The graph asset that the node is part of. Default: none.
    pub parent_graph: Option<Option<String>>,
}

/// The graph of a code location, as `setGraphTopology` takes it.
#[input(staleness::GraphTopology)]
pub struct NewGraphTopology {
    /// The nodes, in any order.
    pub nodes: Vec<NewGraphNode>,
    /// Dependencies, as [downstream, upstream]: the first depends on the second.
    pub edges: Vec<(String, String)>,
}

/// A node of the graph.
#[output(staleness::GraphNode)]
pub struct GraphNode {
    /// Name of the node; the asset key, for an asset.
    pub name: String,
    /// What the node is.
    pub kind: NodeKind,
    /// The group that the node is shown in.
    pub group: Option<String>,
    /// The graph asset that the node is part of.
    pub parent_graph: Option<String>,
}

/// The graph of a code location.
#[output(staleness::GraphTopology)]
pub struct GraphTopology {
    /// The nodes, in the order given.
    pub nodes: Vec<GraphNode>,
    /// Dependencies, as [downstream, upstream]: the first depends on the second.
    pub edges: Vec<(String, String)>,
}

/// Whether an asset is up to date. `Missing`: it has no data version.
#[names(staleness::StalenessStatus)]
pub enum StalenessStatus {
    UpToDate,
    Stale,
    Missing,
}

/// Whether an asset is stale because of its code or because of the data that it read.
#[names(staleness::CauseCategory)]
pub enum CauseCategory {
    Code,
    Data,
}

/// One reason why an asset is stale.
#[output(staleness::StaleCause)]
pub struct StaleCause {
    /// The stale asset.
    pub asset_key: String,
    /// Whether the code or the data that it read has changed.
    pub category: CauseCategory,
    /// What has changed, for people.
    pub reason: String,
    /// The upstream asset whose data has changed; null for a change of the code.
    pub dependency: Option<String>,
}

/// Whether an asset is up to date, and if not, why.
#[output(staleness::AssetStaleness)]
pub struct AssetStaleness {
    /// Whether the asset is up to date.
    pub status: StalenessStatus,
    /// Why it is stale: the code first, then the upstream assets in the order of the graph's edges. Empty unless stale.
    pub causes: Vec<StaleCause>,
}
