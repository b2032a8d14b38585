//! What is known of an asset: what was registered, and what its events show.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetDefinition {
    pub asset_key: String,
    pub tags: Vec<String>,
    pub kinds: Vec<String>,
    pub group: Option<String>,
    pub code_version: Option<String>,
    /// The pools that a step of this asset claims, with its weight in each.
    pub pool: Vec<(String, i64)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    pub last_materialization_code_version: Option<String>,
    pub last_input_data_versions: Vec<(String, String)>,
    pub pool: Vec<(String, i64)>,
}
