//! Reads runs: one by its id, or a list by one scan of its own index.

use super::stored::{Run, listed_run, run_key};
use super::{RunRecord, RunStatus};
use crate::error::{Error, Result};
use crate::key;
use crate::records::{Direction, Key, Range, Reads, Row, Table};
use crate::store::Store;

impl Store {
    /// The run with this id, in any code location.
    pub async fn get_run(&self, run_id: &str) -> Result<Option<RunRecord>> {
        let row = self.view().await?.get(&run_key(run_id)).await?;
        Ok(row.map(Run::from_row).transpose()?.map(Run::into_record))
    }

    /// The runs of the code location, newest first by start time, at most `limit`. Continues after the run with the id
    /// `after`, whatever its status is by now; fails with `Code::NotFound` if the code location has no such run.
    pub async fn get_runs(
        &self,
        limit: usize,
        status: Option<RunStatus>,
        after: Option<&str>,
    ) -> Result<Vec<RunRecord>> {
        let view = self.snapshot().await?;
        let by_time = || key!(Table::RunByTime, self.location());
        let by_status = |status: RunStatus| key!(Table::RunByStatus, self.location(), status.as_str());
        let whole = status.map_or_else(by_time, by_status);
        let mut range = Range::under(whole.clone());
        if let Some(after) = after {
            range = range.before(self.place_in(whole, after, view.as_ref()).await?);
        }
        let listed = view.scan(&range, Direction::Backward, limit).await?;
        records(view.as_ref(), listed).await
    }

    /// The queued runs of the code location, in the order in which to start them: by priority, then by start time, then
    /// by id.
    pub async fn get_queued_runs(&self) -> Result<Vec<RunRecord>> {
        let view = self.snapshot().await?;
        let queue = Range::under(key!(Table::RunQueue, self.location()));
        let listed = view.scan(&queue, Direction::Forward, usize::MAX).await?;
        records(view.as_ref(), listed).await
    }

    /// The key that the run has in a list by time, or would have.
    async fn place_in(&self, mut list: Key, run_id: &str, view: &dyn Reads) -> Result<Key> {
        let run = view.get(&run_key(run_id)).await?.map(Run::from_row).transpose()?;
        let run = run.filter(|run| run.location == self.location);
        let run = run.ok_or_else(|| Error::not_found(format!("there is no run '{run_id}' to continue after")))?;
        list.parts.extend([run.start_time.into(), run.order.into()]);
        Ok(list)
    }
}

async fn records(view: &dyn Reads, listed: Vec<Row>) -> Result<Vec<RunRecord>> {
    let keys: Vec<Key> = listed.into_iter().map(|row| Ok(run_key(&listed_run(row)?))).collect::<Result<_>>()?;
    let found = view.get_many(&keys).await?.into_iter();
    let record = |row: Option<Row>| {
        let row = row.ok_or_else(|| Error::corrupt("a list of runs names one that is not there"))?;
        Run::from_row(row).map(Run::into_record)
    };
    found.map(record).collect()
}
