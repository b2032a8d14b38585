//! Reads assets: one, all, or by tag, kind or group. Lists are ordered by asset key, by code point.

use super::AssetRecord;
use super::rows::{AssetRow, asset_key};
use crate::error::{Error, Result};
use crate::key;
use crate::records::{Direction, Key, Range, Reads, Row, Table};
use crate::store::Store;

impl Store {
    /// The asset's record, or None if it was never registered.
    pub async fn get_asset_record(&self, asset: &str) -> Result<Option<AssetRecord>> {
        let row = self.view().await?.get(&asset_key(&self.location, asset)).await?;
        row.map(record).transpose()
    }

    /// All assets of the code location.
    pub async fn get_asset_records(&self) -> Result<Vec<AssetRecord>> {
        all_records(self.view().await?.as_ref(), &self.location).await
    }

    /// The assets that have the tag.
    pub async fn get_assets_by_tag(&self, tag: &str) -> Result<Vec<AssetRecord>> {
        self.indexed(Table::AssetByTag, tag).await
    }

    /// The assets that have the kind.
    pub async fn get_assets_by_kind(&self, kind: &str) -> Result<Vec<AssetRecord>> {
        self.indexed(Table::AssetByKind, kind).await
    }

    /// The assets of the group.
    pub async fn get_assets_by_group(&self, group: &str) -> Result<Vec<AssetRecord>> {
        self.indexed(Table::AssetByGroup, group).await
    }

    async fn indexed(&self, index: Table, name: &str) -> Result<Vec<AssetRecord>> {
        let view = self.snapshot().await?;
        let range = Range::under(key!(index, self.location.as_str(), name));
        let mut keys: Vec<Key> = Vec::new();
        for mut row in view.scan(&range, Direction::Forward, usize::MAX).await? {
            let asset: String = row.take("asset_key")?;
            keys.push(asset_key(&self.location, &asset));
        }
        let gone = || Error::corrupt("an asset that an index names is gone");
        view.get_many(&keys).await?.into_iter().map(|row| record(row.ok_or_else(gone)?)).collect()
    }
}

/// All assets of the code location, within the reads of another operation.
pub async fn all_records(reads: &dyn Reads, location: &str) -> Result<Vec<AssetRecord>> {
    let range = Range::under(key!(Table::Asset, location));
    reads.scan(&range, Direction::Forward, usize::MAX).await?.into_iter().map(record).collect()
}

fn record(row: Row) -> Result<AssetRecord> {
    AssetRow::from_row(row).map(|row| row.record)
}
