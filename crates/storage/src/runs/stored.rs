//! A run as it is stored, and its entries in the lists. All rows of a run change in one transaction.

use compact_str::CompactString;

use super::state::State;
use super::{LaunchedBy, RunRecord, RunStatus};
use crate::error::{Error, Result};
use crate::key;
use crate::partitions::PartitionKey;
use crate::records::{Key, Row, Table, Tx};

/// Every field but `state` is as the run was created, so that a repeated creation can be told from another run with the
/// same id.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: String,
    pub location: CompactString,
    pub order: i64,
    pub job_name: Option<String>,
    pub start_time: i64,
    pub tags: Vec<(String, String)>,
    pub node_names: Vec<String>,
    pub priority: i32,
    pub partition_key: Option<PartitionKey>,
    pub first_block_reason: Option<String>,
    pub launched_by: LaunchedBy,
    pub state: State,
}

pub fn run_key(run_id: &str) -> Key {
    key!(Table::Run, run_id)
}

/// The run that a row of a list names.
pub fn listed_run(mut row: Row) -> Result<String> {
    row.take("run_id")
}

pub async fn find(tx: &Tx<'_>, run_id: &str) -> Result<Option<Run>> {
    tx.get(&run_key(run_id)).await?.map(Run::from_row).transpose()
}

pub async fn known(tx: &Tx<'_>, run_id: &str) -> Result<Run> {
    find(tx, run_id).await?.ok_or_else(|| Error::not_found(format!("there is no run '{run_id}'")))
}

impl Run {
    pub fn from_row(mut row: Row) -> Result<Self> {
        let (location, status, priority): (String, String, i64) =
            (row.take("location")?, row.take("status")?, row.take("priority")?);
        let unreadable = |what: &str, value: &str| Error::corrupt(format!("a stored run has the {what} '{value}'"));
        let partition_key: Option<String> = row.take("partition")?;
        Ok(Self {
            id: row.take("run_id")?,
            location: location.into(),
            order: row.take("order")?,
            job_name: row.take("job_name")?,
            start_time: row.take("start_time")?,
            tags: row.take("tags")?,
            node_names: row.take("node_names")?,
            priority: i32::try_from(priority).map_err(|_| unreadable("priority", &priority.to_string()))?,
            partition_key: partition_key.as_deref().map(PartitionKey::from_canonical).transpose()?,
            first_block_reason: row.take("first_block_reason")?,
            launched_by: LaunchedBy::take(&mut row)?,
            state: State {
                status: RunStatus::parse(&status).ok_or_else(|| unreadable("status", &status))?,
                end_time: row.take("end_time")?,
                block_reason: row.take("block_reason")?,
            },
        })
    }

    fn to_row(&self) -> Row {
        let row = Row::new()
            .with("run_id", self.id.as_str())
            .with("location", self.location.as_str())
            .with("order", self.order)
            .with("job_name", self.job_name.clone())
            .with("start_time", self.start_time)
            .with("tags", &self.tags)
            .with("node_names", &self.node_names)
            .with("priority", i64::from(self.priority))
            .with("partition", self.partition_key.as_ref().map(PartitionKey::to_canonical))
            .with("first_block_reason", self.first_block_reason.clone())
            .with("status", self.state.status.as_str())
            .with("end_time", self.state.end_time)
            .with("block_reason", self.state.block_reason.clone());
        self.launched_by.write(row)
    }

    pub fn into_record(self) -> RunRecord {
        RunRecord {
            run_id: self.id,
            job_name: self.job_name,
            status: self.state.status,
            start_time: self.start_time,
            end_time: self.state.end_time,
            tags: self.tags,
            node_names: self.node_names,
            priority: self.priority,
            partition_key: self.partition_key,
            block_reason: self.state.block_reason,
            launched_by: self.launched_by,
        }
    }

    fn by_time_key(&self) -> Key {
        key!(Table::RunByTime, self.location.as_str(), self.start_time, self.order)
    }

    fn by_status_key(&self) -> Key {
        let status = self.state.status.as_str();
        key!(Table::RunByStatus, self.location.as_str(), status, self.start_time, self.order)
    }

    fn queue_key(&self) -> Option<Key> {
        let minus_priority = -i64::from(self.priority);
        let key = key!(Table::RunQueue, self.location.as_str(), minus_priority, self.start_time, &self.id);
        (self.state.status == RunStatus::Queued).then_some(key)
    }

    /// The keys of its entries in the lists that depend on the state.
    fn places(&self) -> impl Iterator<Item = Key> {
        [Some(self.by_status_key()), self.queue_key()].into_iter().flatten()
    }

    fn write_places(&self, tx: &mut Tx<'_>) {
        for place in self.places() {
            tx.set(place, self.listed());
        }
    }

    fn listed(&self) -> Row {
        Row::new().with("run_id", self.id.as_str())
    }

    pub fn create(&self, tx: &mut Tx<'_>) {
        tx.set(run_key(&self.id), self.to_row());
        tx.set(self.by_time_key(), self.listed());
        self.write_places(tx);
    }

    /// Removes the run and its entries in all lists.
    pub fn remove(&self, tx: &mut Tx<'_>) {
        for key in [run_key(&self.id), self.by_time_key()].into_iter().chain(self.places()) {
            tx.delete(key);
        }
    }

    /// Changes the state. Writes nothing if nothing changes.
    pub fn enter(mut self, tx: &mut Tx<'_>, state: State) {
        if state == self.state {
            return;
        }
        let moves = state.status != self.state.status;
        if moves {
            self.places().for_each(|place| tx.delete(place));
        }
        self.state = state;
        tx.set(run_key(&self.id), self.to_row());
        if moves {
            self.write_places(tx);
        }
    }
}
