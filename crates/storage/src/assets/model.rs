//! An asset as it is registered, and its record.

/// An asset to register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetDefinition {
    /// Names the asset within its code location.
    pub asset_key: String,
    /// Labels by which the asset is found.
    pub tags: Vec<String>,
    /// What the asset is, such as `table`.
    pub kinds: Vec<String>,
    /// The group that the asset belongs to.
    pub group: Option<String>,
    /// The version of the code that materializes the asset. If it changes, the asset is stale.
    pub code_version: Option<String>,
    /// The pools that a step of this asset claims, with the slots that it needs in each.
    pub pool: Vec<(String, i64)>,
}

/// What was registered of an asset, and what its newest events changed. After a deletion of the asset, the fields that
/// describe a materialization are None or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetRecord {
    /// Names the asset within its code location.
    pub asset_key: String,
    /// Labels, as registered.
    pub tags: Vec<String>,
    /// What the asset is, as registered.
    pub kinds: Vec<String>,
    /// The group of the asset, as registered.
    pub group: Option<String>,
    /// The version of the code that materializes the asset, as registered.
    pub code_version: Option<String>,
    /// The id of the newest materialization, observation or deletion.
    pub last_event_id: Option<String>,
    /// The run of the newest materialization.
    pub last_run_id: Option<String>,
    /// The time of the newest materialization or observation, in milliseconds since the Unix epoch.
    pub last_timestamp: Option<i64>,
    /// The data version of the newest materialization or observation.
    pub last_data_version: Option<String>,
    /// `code_version` at the time of the newest materialization.
    pub last_materialization_code_version: Option<String>,
    /// What the newest materialization read, as (asset key, data version).
    pub last_input_data_versions: Vec<(String, String)>,
    /// The pools that a step of this asset claims, with the slots that it needs in each, as registered.
    pub pool: Vec<(String, i64)>,
}
