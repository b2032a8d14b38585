//! How far a run's steps are, by its events.

use std::collections::HashSet;

use crate::error::Result;
use crate::events::{self, EventType, StoredEvent};
use crate::store::Store;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// Distinct steps that ended.
    pub completed_steps: u32,
    /// Distinct steps that started so far.
    pub total_steps: u32,
    pub last_completed_step: Option<String>,
    pub last_step_completed_at: Option<i64>,
}

impl RunProgress {
    /// From the run's events, oldest first.
    fn of(events: &[StoredEvent]) -> Self {
        let mut progress = Self::default();
        let (mut started, mut completed) = (HashSet::new(), HashSet::new());
        for event in events {
            let Some(step) = event.asset_key.as_deref() else { continue };
            if event.event_type == EventType::StepStart {
                progress.total_steps += u32::from(started.insert(step));
            }
            if ends_step(event) {
                progress.completed_steps += u32::from(completed.insert(step));
                progress.last_completed_step = Some(step.to_owned());
                progress.last_step_completed_at = Some(event.timestamp);
            }
        }
        progress
    }
}

/// A failure with a partition is that partition's: the step goes on with its others.
const fn ends_step(event: &StoredEvent) -> bool {
    match event.event_type {
        EventType::StepSuccess => true,
        EventType::StepFailure => event.partition_key.is_none(),
        _ => false,
    }
}

impl Store {
    /// Of any id: an unknown run has made no progress.
    pub async fn get_run_progress(&self, run_id: &str) -> Result<RunProgress> {
        let events = events::scan_run(self.view().await?.as_ref(), run_id).await?;
        Ok(RunProgress::of(&events))
    }
}
