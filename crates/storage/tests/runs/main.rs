//! Operations on runs, over simulated records.

mod cancel;
mod cost;
mod create;
mod faults;
mod help;
mod list;
mod model;
mod outcome;
mod status;
