//! The graph of a code location, and the staleness of its assets.

/// What a node of the graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// An asset.
    Asset,
    /// A step that makes no asset.
    Task,
    /// An asset that is made by a graph of other nodes.
    GraphAsset,
}

impl NodeKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Asset, Self::Task, Self::GraphAsset];

    /// The name of the kind, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Task => "task",
            Self::GraphAsset => "graph_asset",
        }
    }

    /// The kind with this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// The name of the node; for an asset, its key.
    pub name: String,
    /// What the node is.
    pub kind: NodeKind,
    /// The group that the node is shown in.
    pub group: Option<String>,
    /// The graph asset that the node is part of.
    pub parent_graph: Option<String>,
}

/// The graph of a code location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphTopology {
    /// The nodes, in the order given.
    pub nodes: Vec<GraphNode>,
    /// Dependencies as (downstream, upstream): the first depends on the second.
    pub edges: Vec<(String, String)>,
}

/// Whether an asset is out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StalenessStatus {
    /// The asset has no cause to be stale.
    UpToDate,
    /// The asset has causes to be stale.
    Stale,
    /// The asset has no data version.
    Missing,
}

impl StalenessStatus {
    /// The name of the status in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpToDate => "UpToDate",
            Self::Stale => "Stale",
            Self::Missing => "Missing",
        }
    }
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseCategory {
    /// The code version of the asset.
    Code,
    /// The data of an upstream, or the upstream is stale itself.
    Data,
}

impl CauseCategory {
    /// The name of the category in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "Code",
            Self::Data => "Data",
        }
    }
}

/// One reason why an asset is stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleCause {
    /// The stale asset.
    pub asset_key: String,
    /// What has changed.
    pub category: CauseCategory,
    /// What has changed, for people.
    pub reason: String,
    /// The upstream that has changed; None for a change of the code.
    pub dependency: Option<String>,
}

/// Whether an asset is out of date, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetStaleness {
    /// Whether it is out of date.
    pub status: StalenessStatus,
    /// The code first, then upstreams in the order of the edges. Empty unless the asset is stale.
    pub causes: Vec<StaleCause>,
}
