//! Those who claim, and who troubles them.

pub mod calls;
pub mod claimer;
pub mod former;
pub mod holding;
pub mod operator;
pub mod polling;
pub mod waiting;
