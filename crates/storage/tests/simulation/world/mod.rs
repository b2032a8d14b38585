//! The world that claimers live in: its chance, its time, its faults, and the processes that follow each other.

pub mod dice;
pub mod lasting;
pub mod life;
pub mod plan;
pub mod records;
pub mod seed;
pub mod timers;
