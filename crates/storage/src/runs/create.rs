//! Creates runs, and puts them in the queue. Repeating a creation changes nothing. A creation that differs from the run
//! with its id is a conflict, so that no difference is lost silently.

use std::collections::HashMap;

use compact_str::CompactString;

use super::state::State;
use super::stored::{Run, run_key};
use super::{LaunchedBy, NewRun, RunStatus};
use crate::error::{Error, Result};
use crate::events::{self, EventType, NewEvent};
use crate::records::{Key, Tx};
use crate::store::Store;

struct Creation {
    location: CompactString,
    runs: Vec<NewRun>,
    enqueued: bool,
}

impl Store {
    /// Creates the runs, all or none. Fails with `Code::Conflict` if a run exists and differs in a given field or in
    /// its code location. The status is not compared.
    pub async fn create_runs(&self, runs: Vec<NewRun>) -> Result<()> {
        self.create(runs, false).await
    }

    /// Creates the runs as queued, all or none, each with its `RunQueued` event. Fails with `Code::InvalidArg` if
    /// another status is given, and as `create_runs` does.
    pub async fn enqueue_runs(&self, mut runs: Vec<NewRun>) -> Result<()> {
        for (at, run) in runs.iter_mut().enumerate() {
            let status = run.status.replace(RunStatus::Queued);
            if let Some(other) = status.filter(|status| *status != RunStatus::Queued) {
                return Err(Error::invalid(&format!("runs[{at}].status"), other.as_str(), "'Queued', or none"));
            }
        }
        self.create(runs, true).await
    }

    async fn create(&self, runs: Vec<NewRun>, enqueued: bool) -> Result<()> {
        let runs = runs.into_iter().enumerate().map(|(at, run)| run.normalise(at)).collect::<Result<_>>()?;
        let creation = Creation { location: self.location.clone(), runs, enqueued };
        self.transact(creation, |tx, creation| Box::pin(create(tx, creation))).await
    }
}

async fn create(tx: &mut Tx<'_>, creation: &Creation) -> Result<()> {
    let keys: Vec<Key> = creation.runs.iter().map(|run| run_key(&run.run_id)).collect();
    let mut known: HashMap<String, Run> = HashMap::with_capacity(keys.len());
    for row in tx.get_many(&keys).await?.into_iter().flatten() {
        let run = Run::from_row(row)?;
        known.insert(run.id.clone(), run);
    }
    let mut queued = Vec::new();
    for new in &creation.runs {
        if let Some(run) = known.get(&new.run_id) {
            new.expect_same(run, &creation.location)?;
            continue;
        }
        let run = new.first(&creation.location, tx.now(), tx.next_order());
        run.create(tx);
        if creation.enqueued {
            queued.push(queued_event(&run));
        }
        known.insert(run.id.clone(), run);
    }
    events::append(tx, &creation.location, &queued).await?;
    Ok(())
}

fn queued_event(run: &Run) -> NewEvent {
    NewEvent {
        partition_key: run.partition_key.clone(),
        timestamp: Some(run.start_time),
        metadata: vec![("priority".to_owned(), run.priority.to_string())],
        ..NewEvent::new(EventType::RunQueued, &run.id)
    }
}

impl NewRun {
    fn normalise(mut self, at: usize) -> Result<Self> {
        self.job_name = self.job_name.map(|job| job.filter(|name| !name.is_empty()));
        if let Some(Some(key)) = self.partition_key {
            self.partition_key = Some(Some(key.normalise(&format!("runs[{at}].partitionKey"))?));
        }
        Ok(self)
    }

    fn first(&self, location: &str, now: i64, order: i64) -> Run {
        let block_reason = self.block_reason.clone().flatten();
        Run {
            id: self.run_id.clone(),
            location: location.into(),
            order,
            job_name: self.job_name.clone().flatten(),
            start_time: self.start_time.unwrap_or(now),
            tags: self.tags.clone().unwrap_or_default(),
            node_names: self.node_names.clone().unwrap_or_default(),
            priority: self.priority.unwrap_or_default(),
            partition_key: self.partition_key.clone().flatten(),
            first_block_reason: block_reason.clone(),
            launched_by: self.launched_by.clone().unwrap_or(LaunchedBy::MANUAL),
            state: State { status: self.status.unwrap_or(RunStatus::NotStarted), end_time: None, block_reason },
        }
    }

    /// Fails unless each field that is given, except the status, is what the run was created with.
    fn expect_same(&self, run: &Run, location: &str) -> Result<()> {
        let same = [
            ("code location", run.location == location),
            ("jobName", same(self.job_name.as_ref(), &run.job_name)),
            ("startTime", same(self.start_time.as_ref(), &run.start_time)),
            ("tags", same(self.tags.as_ref(), &run.tags)),
            ("nodeNames", same(self.node_names.as_ref(), &run.node_names)),
            ("priority", same(self.priority.as_ref(), &run.priority)),
            ("partitionKey", same(self.partition_key.as_ref(), &run.partition_key)),
            ("blockReason", same(self.block_reason.as_ref(), &run.first_block_reason)),
            ("launchedBy", same(self.launched_by.as_ref(), &run.launched_by)),
        ];
        match same.iter().find(|(_, same)| !same) {
            None => Ok(()),
            Some((field, _)) => Err(Error::conflict(format!("run '{}' was created with another {field}", run.id))),
        }
    }
}

fn same<T: PartialEq>(given: Option<&T>, stored: &T) -> bool {
    given.is_none_or(|given| given == stored)
}
