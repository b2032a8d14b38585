//! Runs, from creation to outcome. A run's id is global; lists of runs are per code location. What
//! may follow what is decided in `state`; how a run and its place in each list are stored, in
//! `stored`.

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

pub(crate) use deletion::finish_deletions;
pub use launched_by::{LaunchKind, LaunchedBy, UserRef};
pub use outcome::RunOutcome;
pub use progress::RunProgress;
pub use record::{NewRun, RunRecord};
pub use status::{RunOutcomeStatus, RunStatus};
