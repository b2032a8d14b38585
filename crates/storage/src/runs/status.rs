//! How far a run is, and how it ended.

use super::names::named;

named!(RunStatus {
    /// Waits in the run queue.
    Queued = "Queued",
    /// Taken from the queue, or never in it; nobody works on it yet.
    NotStarted = "NotStarted",
    Started = "Started",
    Success = "Success",
    Failure = "Failure",
    Canceled = "Canceled",
});

named!(RunOutcomeStatus { Success = "Success", Failure = "Failure", Cancelled = "Cancelled" });

impl RunStatus {
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Failure | Self::Canceled)
    }

    /// Whether the run may still be started, or cancelled without anybody's help.
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
