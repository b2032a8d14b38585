//! The addon: converts arguments and results, makes errors, and gives every operation its two forms. `rivers-storage` decides
//! what is stored and how.
#![allow(clippy::doc_markdown, reason = "documentation that JavaScript users read uses their terms")]
#![allow(clippy::needless_pass_by_value, reason = "napi passes arguments by value")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "a JavaScript value lives as long as the reference to its Env")]

mod assets;
mod call;
mod call_abort;
mod claims;
mod errors;
mod events;
mod from_js;
mod js;
mod kv;
mod leases;
mod lifecycle;
mod logs;
mod open;
mod opening;
mod panics;
mod partitions;
mod pools;
mod queue;
mod runs;
mod runtime;
mod stacks;
mod staleness;
mod storage;
mod surrealql;
mod ticks;
mod to_js;
mod types;

#[cfg(not(feature = "surrealql"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "surrealql")]
#[global_allocator]
static ALLOCATOR: surrealql::CountingAllocator = surrealql::CountingAllocator;
