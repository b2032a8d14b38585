//! The graph of assets, and what it says of each.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Asset,
    Task,
    GraphAsset,
}

impl NodeKind {
    pub const ALL: [Self; 3] = [Self::Asset, Self::Task, Self::GraphAsset];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Task => "task",
            Self::GraphAsset => "graph_asset",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    pub name: String,
    pub kind: NodeKind,
    pub group: Option<String>,
    pub parent_graph: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphTopology {
    pub nodes: Vec<GraphNode>,
    /// Downstream, upstream: the first depends on the second.
    pub edges: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StalenessStatus {
    UpToDate,
    Stale,
    Missing,
}

impl StalenessStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpToDate => "UpToDate",
            Self::Stale => "Stale",
            Self::Missing => "Missing",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseCategory {
    Code,
    Data,
}

impl CauseCategory {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "Code",
            Self::Data => "Data",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleCause {
    pub asset_key: String,
    pub category: CauseCategory,
    pub reason: String,
    /// The upstream, for data.
    pub dependency: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetStaleness {
    pub status: StalenessStatus,
    pub causes: Vec<StaleCause>,
}
