//! The tables of events, described.

use crate::description::{FieldDescription, RUN, TableDescription, int, link, millis, pairs, range, text};
use crate::records::Table;

const LOCATION: FieldDescription = text("location", "The code location that stored the event.");
const RUN_ID: FieldDescription = text("run_id", "The run that the event belongs to. The run need not exist.");
const TIME: FieldDescription = millis("time", "When it happened.");
const ORDER: FieldDescription = int("order", "A number that rises with each stored row: the order of equal times.");
const ID: FieldDescription = text("event_id", "The id, as given or generated.");
const TYPE: FieldDescription = text("event_type", "What it reports, such as Materialization or StepFailure.");
const SUBJECT: FieldDescription = text("asset_key", "The asset; for step events, the step.").optional();

const FIELDS: &[FieldDescription] = &[
    ID,
    TYPE,
    RUN_ID,
    TIME,
    ORDER,
    LOCATION,
    SUBJECT,
    text("partition", "The partition that the event is about, as JSON.").optional(),
    pairs("metadata", "Metadata, as given."),
    text("data_version", "The version of the data that was made or observed.").optional(),
    text("code_version", "The asset's code version when it was materialized.").optional(),
    pairs("input_data_versions", "The assets that were read, with their data versions."),
];

const EVENT: FieldDescription = link("event", &[Table::Event], "event:[run_id, time, order]", "The event.");
const ASSET: FieldDescription = link(
    "asset",
    &[Table::Asset],
    "IF asset_key != NONE THEN asset:[location, asset_key] END",
    "The asset, if `asset_key` is that of a registered one.",
)
.optional();

pub const TABLES: &[TableDescription] = &[EVENTS, BY_ASSET, BY_ID, MATERIALIZATIONS, KEPT];

const EVENTS: TableDescription = TableDescription::new(Table::Event, "What happened in a run.")
    .id(&[RUN_ID, TIME, ORDER])
    .fields(FIELDS)
    .computed_fields(&[RUN, ASSET])
    .ranges(&[
        range("The events of a run, oldest first.", "event:['run-1']..['run-1', ..]"),
        range("The events of a run in a span of time.", "event:['run-1', 1764460800000]..['run-1', 1764464400000]"),
    ]);

const BY_ASSET: TableDescription =
    TableDescription::new(Table::EventByAsset, "Where an event of an asset is, or of a step with that name.")
        .id(&[LOCATION, text("asset_key", "The asset; for step events, the step."), TIME, ORDER])
        .fields(&[RUN_ID, TIME, ORDER])
        .computed_fields(&[
            EVENT,
            RUN,
            link("asset", &[Table::Asset], "asset:[id[0], id[1]]", "The asset, if it is registered."),
        ])
        .ranges(&[
            range(
                "The events of an asset, oldest first.",
                "event_by_asset:['default', 'orders']..['default', 'orders', ..]",
            ),
            range(
                "The events of an asset from a time on.",
                "event_by_asset:['default', 'orders', 1764460800000]..['default', 'orders', ..]",
            ),
        ]);

const BY_ID: TableDescription =
    TableDescription::new(Table::EventById, "Where the event with an id is. Only for ids that callers gave.")
        .id(&[ID])
        .fields(&[ID, TYPE, RUN_ID, TIME, ORDER, LOCATION, SUBJECT])
        .computed_fields(&[EVENT, RUN, ASSET])
        .ranges(&[range("The event with an id.", "event_by_id:['made-1']")]);

const MATERIALIZATIONS: TableDescription = TableDescription::new(
    Table::Materialization,
    "Where the latest materialization of an asset is, or of one of its partitions.",
)
.id(&[
    text("location", "The code location that the asset belongs to."),
    text("asset_key", "The asset."),
    text("partition", "The partition, as JSON. Absent for the asset as a whole.").optional(),
])
.fields(&[
    text("run_id", "The run that made it. Absent if there was only a deletion.").optional(),
    millis("time", "When it was made.").optional(),
    int("order", "The order number of the event.").optional(),
    text("event", "Absent if the event is in its run; `kept` if its run was deleted; `pruned` if it is gone.")
        .optional(),
    millis("deleted_time", "When the partition was deleted last.").optional(),
    int("deleted_order", "The order number of that deletion.").optional(),
])
.computed_fields(&[
    link(
        "latest_event",
        &[Table::Event, Table::KeptMaterialization],
        "IF event = NONE AND run_id != NONE THEN event:[run_id, time, order] \
         ELSE IF event = 'kept' AND id[2] = NONE THEN kept_materialization:[id[0], time, order] \
         ELSE IF event = 'kept' THEN kept_materialization:[id[0], time, order, id[2]] END",
        "The event of the latest materialization, if it is stored.",
    )
    .optional(),
    link("run", &[Table::Run], "IF run_id != NONE THEN run:[run_id] END", "The run that made it, if it is stored.")
        .optional(),
    link("asset", &[Table::Asset], "asset:[id[0], id[1]]", "The asset, if it is registered."),
])
.ranges(&[
    range("Of an asset as a whole.", "materialization:['default', 'orders']"),
    range("Of an asset and of each partition.", "materialization:['default', 'orders']..['default', 'orders', ..]"),
]);

const KEPT: TableDescription = TableDescription::new(
    Table::KeptMaterialization,
    "The event of a latest materialization whose run was deleted. It has the fields of an event.",
)
.id(&[
    text("location", "The code location that the asset belongs to."),
    TIME,
    ORDER,
    text("kept_for", "The partition whose latest materialization it is. Absent for the asset as a whole.").optional(),
])
.fields(FIELDS)
.computed_fields(&[ASSET])
.ranges(&[range("Those of a code location, oldest first.", "kept_materialization:['default']..['default', ..]")]);
