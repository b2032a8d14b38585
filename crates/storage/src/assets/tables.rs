//! The tables of assets, described.

use crate::description::{
    FieldDescription, Kind, TableDescription, int, link, millis, pairs, range, range_link, text, texts, tuples,
};
use crate::records::Table;

const LOCATION: FieldDescription = text("location", "The code location that the asset belongs to.");
const KEY: FieldDescription = text("asset_key", "Names the asset within its code location.");
const ASSET: FieldDescription = link("asset", &[Table::Asset], "asset:[id[0], asset_key]", "The asset.");

pub const TABLES: &[TableDescription] = &[ASSETS, BY_TAG, BY_KIND, BY_GROUP];

const ASSETS: TableDescription =
    TableDescription::new(Table::Asset, "An asset: what was registered, and what its newest events changed.")
        .id(&[LOCATION, KEY])
        .fields(&[
            KEY,
            texts("tags", "Labels, as registered."),
            texts("kinds", "What the asset is, as registered."),
            text("asset_group", "The group, as registered.").optional(),
            text("code_version", "The version of the code that materializes the asset, as registered.").optional(),
            tuples(
                "pool",
                &[("pool_key", Kind::Text), ("slots", Kind::Int)],
                "The slots that a step of the asset claims, as registered.",
            )
            .optional(),
            text("last_event_id", "The id of the newest materialization, observation or deletion.").optional(),
            text("last_run_id", "The run of the newest materialization.").optional(),
            millis("last_timestamp", "When the newest materialization or observation happened.").optional(),
            text("last_data_version", "The data version of the newest materialization or observation.").optional(),
            text("last_materialization_code_version", "The code version at the newest materialization.").optional(),
            pairs("last_input_data_versions", "The assets that the newest materialization read, with data versions."),
            millis("shown_time", "The time of the event that changed this row last.").optional(),
            int("shown_order", "The order number of that event.").optional(),
            text("shown_partition", "The partition of that event, as JSON.").optional(),
        ])
        .computed_fields(&[
            link(
                "last_run",
                &[Table::Run],
                "IF last_run_id != NONE THEN run:[last_run_id] END",
                "The run `last_run_id`.",
            )
            .optional(),
            link(
                "last_event",
                &[Table::EventByAsset],
                "IF shown_time != NONE THEN event_by_asset:[id[0], asset_key, shown_time, shown_order] END",
                "Where the event is that changed this row last, if it is still stored.",
            )
            .optional(),
            link(
                "materialization",
                &[Table::Materialization],
                "materialization:[id[0], asset_key]",
                "Where the latest materialization is.",
            ),
            range_link(
                "events",
                Table::EventByAsset,
                "event_by_asset:[id[0], asset_key]..[id[0], asset_key, ..]",
                "Its events, oldest first.",
            ),
            range_link(
                "partitions",
                Table::Partition,
                "partition:[id[0], asset_key]..[id[0], asset_key, ..]",
                "Its materialized partitions.",
            ),
        ])
        .ranges(&[
            range("One asset.", "asset:['default', 'orders']"),
            range("The assets of a code location, by key.", "asset:['default']..['default', ..]"),
        ]);

const BY_TAG: TableDescription = TableDescription::new(Table::AssetByTag, "An asset that has the tag.")
    .id(&[LOCATION, text("tag", "The tag."), KEY])
    .fields(&[KEY])
    .computed_fields(&[ASSET])
    .ranges(&[range("The assets with a tag, by key.", "asset_by_tag:['default', 'daily']..['default', 'daily', ..]")]);

const BY_KIND: TableDescription = TableDescription::new(Table::AssetByKind, "An asset that has the kind.")
    .id(&[LOCATION, text("kind", "The kind."), KEY])
    .fields(&[KEY])
    .computed_fields(&[ASSET])
    .ranges(&[range("The assets of a kind, by key.", "asset_by_kind:['default', 'table']..['default', 'table', ..]")]);

const BY_GROUP: TableDescription = TableDescription::new(Table::AssetByGroup, "An asset of the group.")
    .id(&[LOCATION, text("asset_group", "The group."), KEY])
    .fields(&[KEY])
    .computed_fields(&[ASSET])
    .ranges(&[range(
        "The assets of a group, by key.",
        "asset_by_group:['default', 'sales']..['default', 'sales', ..]",
    )]);
