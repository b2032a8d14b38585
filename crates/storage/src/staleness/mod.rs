//! Which assets are out of date, by the graph of their dependencies. It is computed on each read: only the graph is
//! stored.

mod compute;
mod model;
mod tables;
mod topology;

pub use compute::compute;
pub use model::{AssetStaleness, CauseCategory, GraphNode, GraphTopology, NodeKind, StaleCause, StalenessStatus};
pub(crate) use tables::TABLE;

use std::collections::BTreeMap;

use crate::assets::all_records;
use crate::error::Result;
use crate::store::Store;

impl Store {
    /// The staleness of every registered asset of the code location, by asset key.
    pub async fn compute_staleness(&self) -> Result<BTreeMap<String, AssetStaleness>> {
        let view = self.snapshot().await?;
        let records = all_records(view.as_ref(), &self.location).await?;
        let graph = topology::read(view.as_ref(), &self.location).await?.unwrap_or_default();
        Ok(compute(&records, &graph.edges))
    }
}
