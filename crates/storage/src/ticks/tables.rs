//! The tables of ticks, described.

use crate::description::{FieldDescription, TableDescription, int, link, link_to_many, millis, range, text, texts};
use crate::records::Table;

const ID: FieldDescription = text("entry_id", "The id, as given or generated.");
const LOCATION: FieldDescription = text("location", "The code location of the automation.");
const NAME: FieldDescription = text("automation_name", "The schedule or sensor.");
const TYPE: FieldDescription = text("automation_type", "What the automation is, such as Schedule or Sensor.");
const TIME: FieldDescription = millis("time", "When the automation was evaluated.");
const ORDER: FieldDescription = int("order", "A number that rises with each stored row: the order of equal times.");

pub const TABLES: &[TableDescription] = &[TICKS, BY_ID];

const TICKS: TableDescription = TableDescription::new(Table::Tick, "An evaluation of a schedule or sensor.")
    .id(&[LOCATION, NAME, TIME, ORDER])
    .fields(&[
        ID,
        NAME,
        TYPE,
        TIME,
        ORDER,
        LOCATION,
        text("status", "How the evaluation went, such as Success, Skipped or Failed."),
        texts("run_ids", "Runs that it launched."),
        texts("backfill_ids", "Backfills that it launched."),
        text("skip_reason", "Why it launched nothing.").optional(),
        text("error", "Why the evaluation failed.").optional(),
        text("cursor", "Where the next evaluation continues.").optional(),
    ])
    .computed_fields(&[link_to_many(
        "runs",
        Table::Run,
        "IF run_ids != NONE THEN run_ids.map(|$run_id| run:[$run_id]) END",
        "The runs that it launched.",
    )
    .optional()])
    .ranges(&[
        range("The ticks of an automation, oldest first.", "tick:['default', 'nightly']..['default', 'nightly', ..]"),
        range("The ticks of a code location, by automation.", "tick:['default']..['default', ..]"),
    ]);

const BY_ID: TableDescription =
    TableDescription::new(Table::TickById, "Where the tick with an id is. Only for ids that callers gave.")
        .id(&[ID])
        .fields(&[ID, NAME, TYPE, TIME, ORDER, LOCATION])
        .computed_fields(&[link("tick", &[Table::Tick], "tick:[location, automation_name, time, order]", "The tick.")])
        .ranges(&[range("The tick with an id.", "tick_by_id:['tick-1']")]);
