//! Registering and reading assets.

use napi_derive::napi;
use rivers_storage::assets::{AssetDefinition, AssetRecord};
use rivers_storage::{Result, Store};
use rivers_storage_node_macros::dual;

use crate::storage::Storage;

#[dual]
#[napi]
impl Storage {
    /// Adds assets, or replaces tags, kinds, group, code version and pools of those that are known; never what was
    /// materialized.
    #[off_thread]
    pub async fn register_assets(store: &Store, assets: Vec<AssetDefinition>) -> Result<()> {
        store.register_assets(assets).await
    }

    /// What is known of an asset, or null.
    pub async fn get_asset_record(store: &Store, asset_key: String) -> Result<Option<AssetRecord>> {
        store.get_asset_record(&asset_key).await
    }

    /// All assets of the code location, by key.
    #[off_thread]
    pub async fn get_asset_records(store: &Store) -> Result<Vec<AssetRecord>> {
        store.get_asset_records().await
    }

    /// The assets with this tag, by key.
    #[off_thread]
    pub async fn get_assets_by_tag(store: &Store, tag: String) -> Result<Vec<AssetRecord>> {
        store.get_assets_by_tag(&tag).await
    }

    /// The assets with this kind, by key.
    #[off_thread]
    pub async fn get_assets_by_kind(store: &Store, kind: String) -> Result<Vec<AssetRecord>> {
        store.get_assets_by_kind(&kind).await
    }

    /// The assets of this group, by key.
    #[off_thread]
    pub async fn get_assets_by_group(store: &Store, group: String) -> Result<Vec<AssetRecord>> {
        store.get_assets_by_group(&group).await
    }
}
