//! How far the steps of a run are, by its events.

use std::collections::HashSet;

use crate::error::Result;
use crate::events::{self, EventType, StoredEvent};
use crate::store::Store;

/// How far the steps of a run are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// How many distinct steps have ended.
    pub completed_steps: u32,
    /// How many distinct steps have started so far.
    pub total_steps: u32,
    /// The step that ended last.
    pub last_completed_step: Option<String>,
    /// When that step ended, in milliseconds since the Unix epoch.
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

/// A failure with a partition is a failure of that partition: the step continues with the others.
const fn ends_step(event: &StoredEvent) -> bool {
    match event.event_type {
        EventType::StepSuccess => true,
        EventType::StepFailure => event.partition_key.is_none(),
        _ => false,
    }
}

impl Store {
    /// The progress of the run. An unknown run has made none.
    pub async fn get_run_progress(&self, run_id: &str) -> Result<RunProgress> {
        let events = events::scan_run(self.view().await?.as_ref(), run_id).await?;
        Ok(RunProgress::of(&events))
    }
}
