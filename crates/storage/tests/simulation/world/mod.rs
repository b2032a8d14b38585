//! The surroundings of the clients: random draws, time, faults, and processes one after the other.

pub mod plan;
pub mod process;
pub mod random;
pub mod records;
pub mod seed;
pub mod timers;
pub mod workload;
