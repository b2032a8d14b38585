//! The addon: converts arguments and results, makes errors, and gives every operation its two call
//! forms. What is stored, and how, is decided in `rivers-storage`.

mod assets;
mod call;
mod claims;
mod errors;
mod events;
mod input;
mod js;
mod kv;
mod leases;
mod life;
mod logs;
mod output;
mod partitions;
mod pools;
mod queue;
mod runs;
mod runtime;
mod staleness;
mod storage;
mod ticks;
mod types;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
