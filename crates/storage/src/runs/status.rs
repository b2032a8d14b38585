//! The state of a run, and how it ended.

use super::names::named;

named!(
    /// The state of a run. `Success`, `Failure` and `Canceled` are terminal.
    RunStatus {
        /// It waits in the run queue.
        Queued = "Queued",
        /// It was taken from the queue, or was never in it, and does not run yet.
        NotStarted = "NotStarted",
        /// It runs.
        Started = "Started",
        /// It did what it should.
        Success = "Success",
        /// It failed.
        Failure = "Failure",
        /// It was cancelled.
        Canceled = "Canceled",
    }
);

named!(
    /// How a run ended.
    RunOutcomeStatus {
        /// It did what it should.
        Success = "Success",
        /// It failed.
        Failure = "Failure",
        /// It was cancelled; the run's status is then `Canceled`.
        Cancelled = "Cancelled",
    }
);

impl RunStatus {
    /// Whether the run has ended.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Failure | Self::Canceled)
    }

    /// Whether the run waits to be started, so that it can be cancelled without its executor.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::NotStarted)
    }
}

impl From<RunOutcomeStatus> for RunStatus {
    fn from(outcome: RunOutcomeStatus) -> Self {
        match outcome {
            RunOutcomeStatus::Success => Self::Success,
            RunOutcomeStatus::Failure => Self::Failure,
            RunOutcomeStatus::Cancelled => Self::Canceled,
        }
    }
}
