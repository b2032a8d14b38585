//! Which partitions of an asset are materialized: a row for each, which the events of the asset write and delete.

use super::PartitionKey;
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

/// Rows are in the order of the display forms. `canonical` distinguishes keys with the same display form.
pub fn partition_key(location: &str, asset_key: &str, partition: &PartitionKey, canonical: &str) -> Key {
    key!(Table::Partition, location, asset_key, &partition.to_string(), canonical)
}

pub fn row(canonical: &str) -> Row {
    Row::new().with("partition", canonical)
}

impl Store {
    /// The materialized partitions of the asset, ordered by display form.
    pub async fn get_materialized_partitions(&self, asset_key: &str) -> Result<Vec<PartitionKey>> {
        let key = |mut row: Row| PartitionKey::from_canonical(&row.take::<String>("partition")?);
        self.materialized_rows(asset_key).await?.into_iter().map(key).collect()
    }

    /// How many partitions of the asset are materialized.
    pub async fn count_materialized_partitions(&self, asset_key: &str) -> Result<usize> {
        Ok(self.materialized_rows(asset_key).await?.len())
    }

    async fn materialized_rows(&self, asset_key: &str) -> Result<Vec<Row>> {
        let range = Range::under(key!(Table::Partition, self.location.as_str(), asset_key));
        self.view().await?.scan(&range, Direction::Forward, usize::MAX).await
    }
}
