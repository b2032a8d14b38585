//! The checks, one file for each thing that they look at.

pub mod claims;
pub mod grants;
pub mod kept_alive;
pub mod leases;
pub mod openings;
pub mod pools;
pub mod releases;
pub mod shown;
pub mod waits;

use rivers_storage_testing::check::Check;

/// A check that failed.
#[derive(Clone, Debug)]
pub struct Finding {
    pub check: Check,
    pub how: String,
}

/// In the order in which the checks were made.
#[derive(Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    pub fn require(&mut self, check: impl Into<Check>, holds: bool, how: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Finding { check: check.into(), how: how() });
        }
    }
}
