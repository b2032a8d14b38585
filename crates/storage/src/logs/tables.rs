//! The tables of logs, described.

use crate::description::{FieldDescription, RUN, TableDescription, int, link, millis, range, text};
use crate::records::Table;

const ID: FieldDescription = text("entry_id", "The id, as given or generated.");
const LOCATION: FieldDescription = text("location", "The code location that stored the log.");
const RUN_ID: FieldDescription = text("run_id", "The run that the log belongs to. The run need not exist.");
const STEP: FieldDescription = text("step_key", "The step that wrote the log.");
const TIME: FieldDescription = millis("time", "When it was written.");
const ORDER: FieldDescription = int("order", "A number that rises with each stored row: the order of equal times.");

pub const TABLES: &[TableDescription] = &[LOGS, BY_ID];

const LOGS: TableDescription = TableDescription::new(Table::Log, "What a step of a run wrote.")
    .id(&[RUN_ID, TIME, ORDER])
    .fields(&[
        ID,
        RUN_ID,
        STEP,
        TIME,
        ORDER,
        LOCATION,
        text("stdout", "What the step wrote to its standard output.").optional(),
        text("stderr", "What the step wrote to its standard error.").optional(),
        text("logs", "What the step logged.").optional(),
        text("traceback", "The stack trace of the step's failure.").optional(),
    ])
    .computed_fields(&[RUN])
    .ranges(&[range("The logs of a run, oldest first.", "log:['run-1']..['run-1', ..]")]);

const BY_ID: TableDescription =
    TableDescription::new(Table::LogById, "Where the log with an id is. Only for ids that callers gave.")
        .id(&[ID])
        .fields(&[ID, RUN_ID, STEP, TIME, ORDER, LOCATION])
        .computed_fields(&[link("log", &[Table::Log], "log:[run_id, time, order]", "The log."), RUN])
        .ranges(&[range("The log with an id.", "log_by_id:['log-1']")]);
