//! Removing what is not needed any more: runs, old events, old ticks.

#[path = "../support/mod.rs"]
mod support;

mod deletion;
mod events;
mod help;
mod ticks;
