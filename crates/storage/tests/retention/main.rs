//! Removing what is not needed any more: runs, pools, old events, old ticks.

mod deletion;
mod events;
mod help;
mod pools;
mod remembered;
mod ticks;
