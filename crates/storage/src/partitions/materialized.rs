//! Which partitions of an asset are materialized: a row for each, kept by the events.

use super::PartitionKey;
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

/// In the order of the display forms; `canonical` tells apart what shares one.
pub fn partition_key(location: &str, asset_key: &str, partition: &PartitionKey, canonical: &str) -> Key {
    key!(Table::Partition, location, asset_key, &partition.to_string(), canonical)
}

pub fn row(canonical: &str) -> Row {
    Row::new().with("partition", canonical)
}

impl Store {
    /// By key.
    pub async fn get_materialized_partitions(&self, asset_key: &str) -> Result<Vec<PartitionKey>> {
        let key = |mut row: Row| PartitionKey::from_canonical(&row.take::<String>("partition")?);
        self.materialized_rows(asset_key).await?.into_iter().map(key).collect()
    }

    pub async fn count_materialized_partitions(&self, asset_key: &str) -> Result<usize> {
        Ok(self.materialized_rows(asset_key).await?.len())
    }

    async fn materialized_rows(&self, asset_key: &str) -> Result<Vec<Row>> {
        let range = Range::under(key!(Table::Partition, self.location.as_str(), asset_key));
        self.view().await?.scan(&range, Direction::Forward, usize::MAX).await
    }
}
