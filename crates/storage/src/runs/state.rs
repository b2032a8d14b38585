//! Which status may follow which, and when a run ends. Pure.
//!
//! A run that has ended stays as it is, except that `set_run_outcome` may still change how it ended. Its end time is
//! that of the first call that ended it. A block reason is for a run that waits: it is removed when the run leaves the
//! queue, and a run that has started takes none.

use super::{RunOutcomeStatus, RunStatus};
use crate::error::{Error, Result};

/// The part of a run that changes after its creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub status: RunStatus,
    pub end_time: Option<i64>,
    /// Why the run waits, for people.
    pub block_reason: Option<String>,
}

impl State {
    /// The state after an update of the status. A run that was created with a terminal status has no end time until an
    /// update gives one.
    pub fn updated(&self, to: RunStatus, end_time: Option<i64>, now: i64) -> Result<Self> {
        if self.status.is_terminal() {
            return if to == self.status {
                Ok(Self { end_time: self.end_time.or(end_time), ..self.clone() })
            } else {
                Err(Error::conflict(format!("a run that is {} cannot become {}", self.status.as_str(), to.as_str())))
            };
        }
        let default = if to.is_terminal() { Some(now) } else { self.end_time };
        Ok(self.in_status(to, end_time.or(default)))
    }

    /// None if the run has started or ended already.
    pub fn started(&self) -> Option<Self> {
        self.status.is_waiting().then(|| self.in_status(RunStatus::Started, self.end_time))
    }

    /// None if the run does not wait to be started.
    pub fn cancelled(&self, now: i64) -> Option<Self> {
        self.status.is_waiting().then(|| self.in_status(RunStatus::Canceled, Some(now)))
    }

    pub fn with_outcome(&self, outcome: RunOutcomeStatus, now: i64) -> Self {
        let ended = if self.status.is_terminal() { self.end_time } else { None };
        self.in_status(outcome.into(), ended.or(Some(now)))
    }

    pub fn blocked_by(&self, reason: Option<String>) -> Self {
        Self { block_reason: reason.filter(|_| self.status.is_waiting()), ..self.clone() }
    }

    fn in_status(&self, status: RunStatus, end_time: Option<i64>) -> Self {
        let waits_on = status == RunStatus::Queued || status == self.status;
        Self { status, end_time, block_reason: self.block_reason.clone().filter(|_| waits_on) }
    }
}

#[cfg(test)]
mod tests;
