//! The latest materialization of an asset, and of each of its partitions. A deletion does not make
//! it unknown; but a partition whose data was deleted since is not there.

use super::lists::events_at;
use super::rows::EventPlace;
use super::{EventType, Moment, Occurrence, PartitionChoice, StoredEvent};
use crate::error::Result;
use crate::key;
use crate::partitions::PartitionKey;
use crate::records::{Key, Row, Table};
use crate::store::Store;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latest {
    pub made: Option<EventPlace>,
    pub deleted: Option<Moment>,
}

pub fn latest_key(location: &str, asset_key: &str) -> Key {
    key!(Table::Materialization, location, asset_key)
}

/// `partition` is the canonical form.
pub fn partition_latest_key(location: &str, asset_key: &str, partition: &str) -> Key {
    key!(Table::Materialization, location, asset_key, partition)
}

impl Latest {
    /// Whether the event changes anything: what is older than what is known does not.
    pub fn apply(&mut self, occurrence: &Occurrence<'_>) -> bool {
        let Occurrence { event, moment, .. } = *occurrence;
        match event.event_type {
            EventType::Materialization if self.made.as_ref().is_none_or(|made| made.moment < moment) => {
                self.made = Some(EventPlace { run_id: event.run_id.clone(), moment });
                true
            }
            EventType::Deletion if self.deleted.is_none_or(|deleted| deleted < moment) => {
                self.deleted = Some(moment);
                true
            }
            _ => false,
        }
    }

    pub fn is_there(&self) -> bool {
        self.made.as_ref().is_some_and(|made| !self.is_deleted_since(made.moment))
    }

    pub fn is_deleted_since(&self, moment: Moment) -> bool {
        self.deleted.is_some_and(|deleted| moment < deleted)
    }

    pub fn from_row(row: Option<Row>) -> Result<Self> {
        let Some(mut row) = row else { return Ok(Self::default()) };
        let deleted: Option<(i64, i64)> = Option::zip(row.take("deleted_time")?, row.take("deleted_order")?);
        let made: Option<(i64, i64)> = Option::zip(row.take("time")?, row.take("order")?);
        let run_id: Option<String> = row.take("run_id")?;
        let moment = |(time, order)| Moment { time, order };
        Ok(Self {
            made: run_id.zip(made).map(|(run_id, made)| EventPlace { run_id, moment: moment(made) }),
            deleted: deleted.map(moment),
        })
    }

    pub fn into_row(self) -> Row {
        let row = self.made.map_or_else(Row::new, EventPlace::into_row);
        row.with("deleted_time", self.deleted.map(|deleted| deleted.time))
            .with("deleted_order", self.deleted.map(|deleted| deleted.order))
    }
}

impl Store {
    pub async fn get_latest_materialization(
        &self,
        asset_key: &str,
        choice: PartitionChoice,
    ) -> Result<Option<StoredEvent>> {
        let keys = candidates(&self.location, asset_key, choice)?;
        let view = self.view().await?;
        for row in view.get_many(&keys).await? {
            if let Some(made) = Latest::from_row(row)?.made {
                return Ok(events_at(view.as_ref(), &[made]).await?.pop());
            }
        }
        Ok(None)
    }
}

/// Where the latest materialization may be: the first place that has one counts.
fn candidates(location: &str, asset_key: &str, choice: PartitionChoice) -> Result<Vec<Key>> {
    let of_partition = |key: PartitionKey| partition_latest_key(location, asset_key, &key.to_canonical());
    Ok(match choice {
        PartitionChoice::Any => vec![latest_key(location, asset_key)],
        PartitionChoice::Key(key) => vec![of_partition(key.normalise("partition")?)],
        PartitionChoice::Display(display) => {
            let dimensions = PartitionKey::dimensions_of_display(&display);
            dimensions.into_iter().chain([PartitionKey::single(display)]).map(of_partition).collect()
        }
    })
}
