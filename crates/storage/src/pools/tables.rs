//! The tables of pools, described.

use crate::description::{
    FieldDescription, Kind, RUN, TableDescription, flag, int, link, link_to_many, micros, millis, range, range_link,
    text, tuples,
};
use crate::records::Table;

const LOCATION: FieldDescription = text("location", "The code location that the pool belongs to.");
const KEY: FieldDescription = text("pool_key", "Names the pool within its code location.");
const RUN_ID: FieldDescription = text("run_id", "The run of the step. The run need not exist.");
const STEP: FieldDescription = text("step_key", "The step.");
const TOKEN: FieldDescription = int("token", "The fencing token of the grant. A later grant has a greater one.");
const CLAIMED: FieldDescription = millis("claimed_at", "When the slots were claimed last.");
const PRIORITY: FieldDescription = int("priority", "Higher first.");
const MINUS_PRIORITY: FieldDescription = int("minus_priority", "The priority, negated.");
const SINCE: FieldDescription = micros("since_micros", "Since when it waits. Repeating the claim keeps it.");
const ORDER: FieldDescription = int("order", "The order of equal priorities and times.");
const INELIGIBLE: FieldDescription =
    flag("aside", "Ineligible: never the head, because the step holds a lease or asks for more than a limit.");
const WANTED: FieldDescription = tuples(
    "pools",
    &[("pool_key", Kind::Text), ("slots", Kind::Int)],
    "The pools that the step claims at once, with slots.",
);
const POOL: FieldDescription = link("pool", &[Table::Pool], "pool:[id[0], id[1]]", "The pool.");
const WAITER: FieldDescription = link("waiter", &[Table::Waiter], "waiter:[run_id, step_key]", "The pending claim.");

pub const TABLES: &[TableDescription] = &[POOLS, SLOTS, LEASES, WAITERS, QUEUE, ENDS, PROCESSES];

const POOLS: TableDescription = TableDescription::new(Table::Pool, "A pool: its limit, and counts of its use.")
    .id(&[LOCATION, KEY])
    .fields(&[
        KEY,
        LOCATION,
        int("slot_limit", "The limit. A negative one means unlimited."),
        int("used", "Slots that are held. Expired leases count until they are removed."),
        int("pending", "Entries in the queue. Expired ones count until they are removed."),
        int("lease_ms", "How long a grant lasts unless the claim says otherwise, in milliseconds."),
        int("last_token", "The fencing token of the last grant."),
        millis("quiet_until", "No slot and no queue entry of the pool expires before this. 2^63 - 1 if none can."),
        int("front_minus_priority", "Hint: the head of the queue is not before this negated priority.").optional(),
        micros("front_since_micros", "Hint: the head of the queue is not before this, at that priority.").optional(),
    ])
    .computed_fields(&[
        range_link(
            "slots",
            Table::Slot,
            "slot:[location, pool_key]..[location, pool_key, ..]",
            "The slots that are held, the first to expire first.",
        ),
        range_link(
            "queue",
            Table::PoolQueue,
            "pool_queue:[location, pool_key]..[location, pool_key, ..]",
            "The queue in its order: eligible entries, then the others.",
        ),
    ])
    .ranges(&[
        range("One pool.", "pool:['default', 'gpu']"),
        range("The pools of a code location, by key.", "pool:['default']..['default', ..]"),
    ]);

const SLOTS: TableDescription = TableDescription::new(Table::Slot, "The slots that a lease holds in a pool.")
    .id(&[LOCATION, KEY, millis("ends_at", "When the lease expires."), RUN_ID, STEP])
    .fields(&[
        RUN_ID,
        STEP,
        int("slots", "How many slots."),
        TOKEN,
        CLAIMED,
        millis("ends_at", "When the lease expires. Expired rows stay until they are removed."),
    ])
    .computed_fields(&[POOL, RUN, link("lease", &[Table::Lease], "lease:[run_id, step_key]", "The lease.")])
    .ranges(&[
        range(
            "The slots held in a pool, the first to expire first.",
            "slot:['default', 'gpu']..['default', 'gpu', ..]",
        ),
        range("Those that expire from a time on.", "slot:['default', 'gpu', 1764460800000]..['default', 'gpu', ..]"),
    ]);

const LEASES: TableDescription = TableDescription::new(Table::Lease, "The lease of a step over all its pools.")
    .id(&[RUN_ID, STEP])
    .fields(&[
        RUN_ID,
        STEP,
        text("attempt", "Which attempt of the step it is. Another attempt gets another lease."),
        text("process", "On a server: the process that waited for the lease.").optional(),
        TOKEN,
        CLAIMED,
        millis("expires_at", "When it expires. Expired rows stay until they are removed."),
        int("duration", "How long it lasts from a claim or renewal, in milliseconds."),
        tuples(
            "pools",
            &[("location", Kind::Text), ("pool_key", Kind::Text), ("slots", Kind::Int)],
            "The slots that it holds.",
        ),
    ])
    .computed_fields(&[
        RUN,
        link_to_many(
            "pool_records",
            Table::Pool,
            "pools.map(|$held| pool:[$held[0], $held[1]])",
            "The pools in which it holds slots.",
        ),
    ])
    .ranges(&[
        range("The lease of a step.", "lease:['run-1', 'train']"),
        range("The leases of a run, by step.", "lease:['run-1']..['run-1', ..]"),
    ]);

const WAITERS: TableDescription = TableDescription::new(Table::Waiter, "A claim that waits.")
    .id(&[RUN_ID, STEP])
    .fields(&[
        RUN_ID,
        STEP,
        LOCATION,
        text("process", "The process that waits, for a native wait.").optional(),
        text("attempt", "On a server, for a native wait: the attempt of the step.").optional(),
        int("duration", "On a server, for a native wait: how long the lease is to last, in milliseconds.").optional(),
        flag("events", "On a server, for a native wait: true if the step's events are stored.").optional(),
        PRIORITY,
        SINCE,
        ORDER,
        millis("until", "When its queue entries expire unless the claim is repeated. Over 2^60 for a native wait."),
        WANTED,
        millis("holds_until", "When the lease that the step holds expires, if it holds one.").optional(),
        INELIGIBLE,
    ])
    .computed_fields(&[
        RUN,
        link_to_many(
            "pool_records",
            Table::Pool,
            "pools.map(|$wanted| pool:[location, $wanted[0]])",
            "The pools in whose queues it waits.",
        ),
    ])
    .ranges(&[
        range("The pending claim of a step.", "waiter:['run-1', 'train']"),
        range("The pending claims of a run, by step.", "waiter:['run-1']..['run-1', ..]"),
    ]);

const QUEUE: TableDescription =
    TableDescription::new(Table::PoolQueue, "An entry in the queue of a pool, in the order of the queue.")
        .id(&[
            LOCATION,
            KEY,
            int("aside", "1 if the entry is ineligible, else 0."),
            MINUS_PRIORITY,
            SINCE,
            ORDER,
            RUN_ID,
            STEP,
        ])
        .fields(&[
            RUN_ID,
            STEP,
            PRIORITY,
            SINCE,
            ORDER,
            WANTED,
            flag("holds", "Whether the step holds a lease."),
            INELIGIBLE,
            int("overtaken", "How often others went first in this pool while it was the head. At most 32."),
        ])
        .computed_fields(&[POOL, RUN, WAITER])
        .ranges(&[
            range("The queue of a pool.", "pool_queue:['default', 'gpu']..['default', 'gpu', ..]"),
            range(
                "Its eligible entries, the head first.",
                "pool_queue:['default', 'gpu', 0]..['default', 'gpu', 0, ..]",
            ),
        ]);

const ENDS: TableDescription = TableDescription::new(
    Table::PlaceEnd,
    "When an entry in the queue of a pool must be looked at again: a native wait has none.",
)
.id(&[LOCATION, KEY, millis("ends_at", "When it must be looked at again."), RUN_ID, STEP])
.fields(&[
    RUN_ID,
    STEP,
    millis("ends_at", "When the entry expires, or before that the lease that its step holds."),
    millis("until", "When the entry expires."),
])
.computed_fields(&[POOL, RUN, WAITER])
.ranges(&[range(
    "The entries of a pool, the first to expire first.",
    "place_end:['default', 'gpu']..['default', 'gpu', ..]",
)]);

const PROCESSES: TableDescription = TableDescription::new(Table::Process, "A process that has the store open.")
    .id(&[text("process", "Identifies the process.")])
    .fields(&[
        text("process", "Identifies the process."),
        millis("seen_at", "On a server: when the process, which waits for slots, was seen last.").optional(),
        millis("opened_at", "When it opened the store."),
    ]);
