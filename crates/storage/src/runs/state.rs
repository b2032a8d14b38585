//! The life of a run: which status may follow which, and when it ends. Pure.
//!
//! A run that is over stays as it is, except that `setRunOutcome` has the last word on how it ended;
//! when it ended, the first who ended it said. A reason to wait is for those who wait: it goes when
//! the run leaves the queue, and a run that has started takes none.

use super::{RunOutcomeStatus, RunStatus};
use crate::error::{Error, Result};

/// What a run's life changes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub status: RunStatus,
    pub end_time: Option<i64>,
    /// For people: why the run waits.
    pub block_reason: Option<String>,
}

impl State {
    /// A run that is created over has no end time until somebody tells it.
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

    /// None: it started before, or is over.
    pub fn started(&self) -> Option<Self> {
        self.status.is_waiting().then(|| self.in_status(RunStatus::Started, self.end_time))
    }

    /// None: it is no longer for the queue to cancel.
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
