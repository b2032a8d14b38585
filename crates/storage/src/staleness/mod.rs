//! Which assets are out of date, by the graph of what is made from what. Computed on each read:
//! nothing of it is stored but the graph.

mod compute;
mod model;
mod topology;

pub use compute::compute;
pub use model::{AssetStaleness, CauseCategory, GraphNode, GraphTopology, NodeKind, StaleCause, StalenessStatus};

use std::collections::BTreeMap;

use crate::assets::all_records;
use crate::error::Result;
use crate::store::Store;

impl Store {
    /// Of every registered asset, by its key.
    pub async fn compute_staleness(&self) -> Result<BTreeMap<String, AssetStaleness>> {
        let view = self.view().await?;
        let records = all_records(view.as_ref(), &self.location).await?;
        let graph = topology::read(view.as_ref(), &self.location).await?.unwrap_or_default();
        Ok(compute(&records, &graph.edges))
    }
}
