//! The tables of runs, described.

use crate::description::{
    FieldDescription, RUN, TableDescription, int, link, millis, pairs, range, range_link, text, texts,
};
use crate::records::Table;

const LOCATION: FieldDescription = text("location", "The code location that created the run.");
const RUN_ID: FieldDescription = text("run_id", "Names the run in all code locations.");
const STATUS: FieldDescription = text("status", "Queued, NotStarted, Started, Success, Failure or Canceled.");
const START: FieldDescription = millis("start_time", "When the run was created.");
const ORDER: FieldDescription = int("order", "A number that rises with each stored row: the order of equal times.");
const LISTED: &[FieldDescription] = &[text("run_id", "The run.")];

pub const TABLES: &[TableDescription] = &[RUNS, BY_TIME, BY_STATUS, QUEUE, CANCELLATIONS, OUTCOMES];

const RUNS: TableDescription = TableDescription::new(Table::Run, "A run.")
    .id(&[RUN_ID])
    .fields(&[
        RUN_ID,
        LOCATION,
        STATUS,
        START,
        millis("end_time", "When the run ended.").optional(),
        ORDER,
        text("job_name", "The job that the run executes. Absent for an ad-hoc run.").optional(),
        int("priority", "Higher first in the queue."),
        pairs("tags", "Tags, as given."),
        texts("node_names", "Steps that the run executes."),
        text("partition", "The partition that the run is for, as JSON.").optional(),
        text("block_reason", "Why the run waits in the queue, for people.").optional(),
        text("first_block_reason", "The reason that the run was created with.").optional(),
        text("launch_kind", "What launched the run: manual, schedule, sensor, backfill or condition."),
        text("launch_name", "The schedule or sensor that launched it.").optional(),
        text("backfill_id", "The backfill that launched it.").optional(),
        text("user", "The user who launched it, as the sign-in identifies people.").optional(),
        text("user_email", "The user's e-mail address.").optional(),
        text("user_name", "The user's name.").optional(),
    ])
    .computed_fields(&[
        link("outcome", &[Table::Outcome], "outcome:[run_id]", "How the run ended, if it was set."),
        link(
            "cancellation",
            &[Table::Cancellation],
            "cancellation:[run_id]",
            "Is stored if the cancellation of the run was requested.",
        ),
        range_link("events", Table::Event, "event:[run_id]..[run_id, ..]", "Its events, oldest first."),
        range_link("logs", Table::Log, "log:[run_id]..[run_id, ..]", "The logs of its steps, oldest first."),
        range_link("leases", Table::Lease, "lease:[run_id]..[run_id, ..]", "The leases of its steps."),
        range_link("waiters", Table::Waiter, "waiter:[run_id]..[run_id, ..]", "The claims of its steps that wait."),
    ])
    .ranges(&[range("One run.", "run:['run-1']")]);

const BY_TIME: TableDescription = TableDescription::new(Table::RunByTime, "A run of a code location.")
    .id(&[LOCATION, START, ORDER])
    .fields(LISTED)
    .computed_fields(&[RUN])
    .ranges(&[
        range("The runs of a code location, oldest first.", "run_by_time:['default']..['default', ..]"),
        range("Those created from a time on.", "run_by_time:['default', 1764460800000]..['default', ..]"),
    ]);

const BY_STATUS: TableDescription = TableDescription::new(Table::RunByStatus, "A run with a status.")
    .id(&[LOCATION, STATUS, START, ORDER])
    .fields(LISTED)
    .computed_fields(&[RUN])
    .ranges(&[
        range("The runs that run, oldest first.", "run_by_status:['default', 'Started']..['default', 'Started', ..]"),
        range(
            "Those that failed and were created from a time on.",
            "run_by_status:['default', 'Failure', 1764460800000]..['default', 'Failure', ..]",
        ),
    ]);

const QUEUE: TableDescription = TableDescription::new(Table::RunQueue, "A queued run, in the order of the queue.")
    .id(&[LOCATION, int("minus_priority", "The priority of the run, negated."), START, RUN_ID])
    .fields(LISTED)
    .computed_fields(&[RUN])
    .ranges(&[range("The queue of a code location.", "run_queue:['default']..['default', ..]")]);

const CANCELLATIONS: TableDescription =
    TableDescription::new(Table::Cancellation, "The cancellation of a run was requested. The run need not exist.")
        .id(&[RUN_ID])
        .fields(&[RUN_ID])
        .computed_fields(&[RUN])
        .ranges(&[range("Whether it was requested for a run.", "cancellation:['run-1']")]);

const OUTCOMES: TableDescription = TableDescription::new(Table::Outcome, "How a run ended. The run need not exist.")
    .id(&[RUN_ID])
    .fields(&[
        RUN_ID,
        text("status", "Success, Failure or Cancelled."),
        int("completed_steps", "Steps that ended. It may exceed the total."),
        int("total_steps", "Steps of the run."),
        text("message", "Why the run failed.").optional(),
    ])
    .computed_fields(&[RUN])
    .ranges(&[range("The outcome of a run.", "outcome:['run-1']")]);
