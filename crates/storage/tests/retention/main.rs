//! Removing what is not needed any more: runs, pools, old events, old ticks.

#[path = "../support/mod.rs"]
mod support;

mod deletion;
mod events;
mod help;
mod pools;
mod remembered;
mod ticks;
