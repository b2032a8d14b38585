//! Runs, from creation to outcome.
//!
//! A run's id is shared by all code locations; lists of runs are per code location. `state` decides which status may
//! follow which; `stored` writes a run and its entries in the lists.

mod cancellation;
mod change;
mod create;
mod deletion;
mod launched_by;
mod list;
mod names;
mod outcome;
mod progress;
mod record;
mod state;
mod status;
mod stored;
mod tables;

pub(crate) use cancellation::{CancelQueuedRequest, CancellationRequest};
pub(crate) use deletion::{DeleteRunRequest, finish_deletions};
pub use launched_by::{LaunchKind, LaunchedBy, UserRef};
pub use outcome::RunOutcome;
pub(crate) use outcome::SetOutcomeRequest;
pub use progress::RunProgress;
pub use record::{NewRun, RunRecord};
pub use status::{RunOutcomeStatus, RunStatus};
pub(crate) use tables::TABLES;
