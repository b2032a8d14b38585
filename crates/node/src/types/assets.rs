//! Assets.

use rivers_storage::assets;
use rivers_storage_node_macros::{input, output};

/// An asset, as `registerAssets` takes it.
#[input(assets::AssetDefinition)]
pub struct AssetDefinition {
    /// Names the asset within its code location.
    pub asset_key: String,
    /// Labels; `getAssetsByTag` finds the asset by each. Default: none.
    pub tags: Option<Vec<String>>,
    /// What the asset is, such as 'table'; `getAssetsByKind` finds it by each. Default: none.
    pub kinds: Option<Vec<String>>,
    /// The group that the asset belongs to; `getAssetsByGroup` finds it by that. Default: none.
    pub group: Option<Option<String>>,
    /// Version of the code that materializes the asset: if it changes, the asset is stale. Default: none.
    pub code_version: Option<Option<String>>,
    /// Pools that a step of this asset claims, with the slots that it needs in each (1 to 2147483647). Default: none.
    #[napi(ts_type = "readonly (readonly [poolKey: string, slots: number])[] | undefined")]
    pub pool: Option<Vec<(String, i64)>>,
}

/// What is known of an asset: what was registered, and what its newest events say. After a deletion, the fields that
/// describe a materialization are null or empty.
#[output(assets::AssetRecord)]
pub struct AssetRecord {
    /// Names the asset within its code location.
    pub asset_key: String,
    /// Labels, as registered.
    pub tags: Vec<String>,
    /// What the asset is, as registered.
    pub kinds: Vec<String>,
    /// The group that the asset belongs to, as registered.
    pub group: Option<String>,
    /// Version of the code that materializes the asset, as registered.
    pub code_version: Option<String>,
    /// Id of the newest materialization, observation or deletion of the asset.
    pub last_event_id: Option<String>,
    /// Run of the newest materialization.
    pub last_run_id: Option<String>,
    /// Time of the newest materialization or observation, in milliseconds since the Unix epoch.
    pub last_timestamp: Option<i64>,
    /// Data version of the newest materialization or observation.
    pub last_data_version: Option<String>,
    /// `codeVersion` at the time of the newest materialization.
    pub last_materialization_code_version: Option<String>,
    /// Data versions that the newest materialization read, as [asset key, data version].
    pub last_input_data_versions: Vec<(String, String)>,
    /// Pools that a step of this asset claims, with the slots that it needs in each, as registered.
    #[napi(ts_type = "[poolKey: string, slots: number][]")]
    pub pool: Vec<(String, i64)>,
}
