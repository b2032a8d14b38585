//! The tables of partitions, described.

use crate::description::{FieldDescription, TableDescription, link, range, text};
use crate::records::Table;

const LOCATION: FieldDescription = text("location", "The code location.");
const PARTITION: FieldDescription = text("partition", "The partition key in its exact form, as JSON.");

pub const TABLES: &[TableDescription] = &[MATERIALIZED, DYNAMIC];

const MATERIALIZED: TableDescription =
    TableDescription::new(Table::Partition, "A partition of an asset that is materialized.")
        .id(&[
            LOCATION,
            text("asset_key", "The asset."),
            text("display", "The partition key as people read it. Different partition keys may look the same."),
            PARTITION,
        ])
        .fields(&[PARTITION])
        .computed_fields(&[
            link("asset", &[Table::Asset], "asset:[id[0], id[1]]", "The asset."),
            link(
                "materialization",
                &[Table::Materialization],
                "materialization:[id[0], id[1], partition]",
                "Where the latest materialization of the partition is.",
            ),
        ])
        .ranges(&[range(
            "The materialized partitions of an asset, by display form.",
            "partition:['default', 'orders']..['default', 'orders', ..]",
        )]);

const DYNAMIC: TableDescription =
    TableDescription::new(Table::DynamicPartition, "A key that was added to a dynamic partitions definition.")
        .id(&[LOCATION, text("name", "The definition."), text("key", "The added key.")])
        .fields(&[text("key", "The added key.")])
        .ranges(&[range(
            "The keys of a definition.",
            "dynamic_partition:['default', 'customers']..['default', 'customers', ..]",
        )]);
