//! Assets.

use rivers_storage::assets;
use rivers_storage_node_macros::{input, output};

/// What is known of an asset before anything happens to it.
#[input(assets::AssetDefinition)]
pub struct AssetDefinition {
    pub asset_key: String,
    pub tags: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub group: Option<Option<String>>,
    pub code_version: Option<Option<String>>,
    /// Pools that a step of this asset claims, with its weight in each: [pool key, slots].
    pub pool: Option<Vec<(String, i64)>>,
}

/// What is known of an asset: what was registered, and what its events show.
#[output(assets::AssetRecord)]
pub struct AssetRecord {
    pub asset_key: String,
    pub tags: Vec<String>,
    pub kinds: Vec<String>,
    pub group: Option<String>,
    pub code_version: Option<String>,
    pub last_event_id: Option<String>,
    pub last_run_id: Option<String>,
    pub last_timestamp: Option<i64>,
    pub last_data_version: Option<String>,
    /// The code version that the asset had when it was last materialized.
    pub last_materialization_code_version: Option<String>,
    /// Of the data that was consumed: [asset key, data version].
    pub last_input_data_versions: Vec<(String, String)>,
    pub pool: Vec<(String, i64)>,
}
