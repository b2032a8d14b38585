//! The row of an asset, and the rows that find it by tag, kind and group.

use std::collections::BTreeSet;

use super::AssetRecord;
use crate::error::Result;
use crate::key;
use crate::position::EventPosition;
use crate::records::{Key, Row, Table};

/// A stored asset: its record, and by what event it was changed last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetRow {
    pub record: AssetRecord,
    /// The position of the event that changed the record last. An older event does not change it.
    pub shown: Option<EventPosition>,
    /// The partition of that event, in its canonical form.
    pub shown_partition: Option<String>,
}

pub fn asset_key(location: &str, asset: &str) -> Key {
    key!(Table::Asset, location, asset)
}

impl AssetRow {
    pub fn into_row(self) -> Row {
        let record = self.record;
        Row::new()
            .with("pool", record.pool)
            .with("tags", record.tags)
            .with("kinds", record.kinds)
            .with("asset_key", record.asset_key)
            .with("shown_time", self.shown.map(|shown| shown.time))
            .with("asset_group", record.group)
            .with("last_run_id", record.last_run_id)
            .with("shown_order", self.shown.map(|shown| shown.order))
            .with("code_version", record.code_version)
            .with("last_event_id", record.last_event_id)
            .with("last_timestamp", record.last_timestamp)
            .with("shown_partition", self.shown_partition)
            .with("last_data_version", record.last_data_version)
            .with("last_input_data_versions", record.last_input_data_versions)
            .with("last_materialization_code_version", record.last_materialization_code_version)
    }

    pub fn from_row(mut row: Row) -> Result<Self> {
        let record = AssetRecord {
            pool: row.take("pool")?,
            tags: row.take("tags")?,
            kinds: row.take("kinds")?,
            asset_key: row.take("asset_key")?,
            group: row.take("asset_group")?,
            last_run_id: row.take("last_run_id")?,
            code_version: row.take("code_version")?,
            last_event_id: row.take("last_event_id")?,
            last_timestamp: row.take("last_timestamp")?,
            last_data_version: row.take("last_data_version")?,
            last_input_data_versions: row.take("last_input_data_versions")?,
            last_materialization_code_version: row.take("last_materialization_code_version")?,
        };
        let shown = Option::zip(row.take("shown_time")?, row.take("shown_order")?);
        let shown = shown.map(|(time, order)| EventPosition { time, order });
        Ok(Self { record, shown, shown_partition: row.take("shown_partition")? })
    }

    /// The keys of the rows that find this asset.
    pub fn index_keys(&self, location: &str) -> BTreeSet<Key> {
        let AssetRecord { asset_key, tags, kinds, group, .. } = &self.record;
        let by = |table, names: &[String]| -> Vec<Key> {
            names.iter().map(|name| key!(table, location, name, asset_key)).collect()
        };
        let found =
            [by(Table::AssetByTag, tags), by(Table::AssetByKind, kinds), by(Table::AssetByGroup, group.as_slice())];
        found.into_iter().flatten().collect()
    }
}
