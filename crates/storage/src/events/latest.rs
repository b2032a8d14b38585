//! The latest materialization of an asset, and of each of its partitions. A deletion does not remove it; but a
//! partition whose data was deleted later does not count as materialized.
//!
//! It is part of the asset's state, as the asset's record is, so removing events must not turn it back to an earlier
//! one. When its run is deleted, its event is moved out of the run and kept until there is a later materialization.
//! When the event itself is pruned, there is no latest materialization until the next one.

use super::lists::events_at;
use super::model::PendingEvent;
use super::rows::{EventPlace, event_key};
use super::{EventPosition, EventType, PartitionChoice, StoredEvent};
use crate::error::{Error, Result};
use crate::key;
use crate::partitions::PartitionKey;
use crate::records::{Key, Row, Table, Tx};
use crate::store::Store;

/// The latest materialization and the latest deletion of an asset or a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latest {
    pub made: Option<EventPlace>,
    event: EventLocation,
    pub deleted: Option<EventPosition>,
    /// A kept event that a later materialization has replaced: `write` removes it.
    outdated: Option<EventPosition>,
}

/// Where the event of the latest materialization is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum EventLocation {
    #[default]
    InRun,
    /// In a table of its own, because its run was deleted.
    Kept,
    Pruned,
}

pub fn latest_key(location: &str, asset_key: &str) -> Key {
    key!(Table::Materialization, location, asset_key)
}

/// `partition` is the canonical form.
pub fn partition_latest_key(location: &str, asset_key: &str, partition: &str) -> Key {
    key!(Table::Materialization, location, asset_key, partition)
}

/// The key of the kept event of the latest materialization whose key is `latest`.
fn kept_key(latest: &Key, position: EventPosition) -> Key {
    let mut parts = vec![latest.parts[0].clone(), position.time.into(), position.order.into()];
    parts.extend_from_slice(&latest.parts[2..]);
    Key { table: Table::KeptMaterialization, parts }
}

impl Latest {
    /// Applies the event. False if nothing changes, because the event is older than the known one.
    pub fn apply(&mut self, pending: &PendingEvent<'_>) -> bool {
        let PendingEvent { event, position, .. } = *pending;
        match event.event_type {
            EventType::Materialization if self.made.as_ref().is_none_or(|made| made.position < position) => {
                if self.event == EventLocation::Kept {
                    self.outdated = self.made.as_ref().map(|made| made.position);
                }
                self.made = Some(EventPlace { run_id: event.run_id.clone(), position });
                self.event = EventLocation::InRun;
                true
            }
            EventType::Deletion if self.deleted.is_none_or(|deleted| deleted < position) => {
                self.deleted = Some(position);
                true
            }
            _ => false,
        }
    }

    /// Whether the partition counts as materialized.
    pub fn is_there(&self) -> bool {
        self.made.as_ref().is_some_and(|made| !self.is_deleted_since(made.position))
    }

    pub fn is_deleted_since(&self, position: EventPosition) -> bool {
        self.deleted.is_some_and(|deleted| position < deleted)
    }

    pub fn from_row(row: Option<Row>) -> Result<Self> {
        let Some(mut row) = row else { return Ok(Self::default()) };
        let deleted: Option<(i64, i64)> = Option::zip(row.take("deleted_time")?, row.take("deleted_order")?);
        let made: Option<(i64, i64)> = Option::zip(row.take("time")?, row.take("order")?);
        let run_id: Option<String> = row.take("run_id")?;
        let event: Option<String> = row.take("event")?;
        let position = |(time, order)| EventPosition { time, order };
        Ok(Self {
            made: run_id.zip(made).map(|(run_id, made)| EventPlace { run_id, position: position(made) }),
            event: EventLocation::parse(event.as_deref())?,
            deleted: deleted.map(position),
            outdated: None,
        })
    }

    fn into_row(self) -> Row {
        let row = self.made.map_or_else(Row::new, EventPlace::into_row);
        row.with("event", self.event.as_str())
            .with("deleted_time", self.deleted.map(|deleted| deleted.time))
            .with("deleted_order", self.deleted.map(|deleted| deleted.order))
    }

    pub fn write(self, tx: &mut Tx<'_>, key: Key) {
        if let Some(outdated) = self.outdated {
            tx.delete(kept_key(&key, outdated));
        }
        tx.set(key, self.into_row());
    }

    /// Whether the latest materialization is the event at this position, and the event is stored in its run.
    pub fn is_in_run(&self, position: EventPosition) -> bool {
        self.is(position, EventLocation::InRun)
    }

    /// Whether the latest materialization is the event at this position, and the event is kept outside of its run.
    pub fn is_kept(&self, position: EventPosition) -> bool {
        self.is(position, EventLocation::Kept)
    }

    fn is(&self, position: EventPosition, event: EventLocation) -> bool {
        self.event == event && self.made.as_ref().is_some_and(|made| made.position == position)
    }

    /// Moves the event out of its run; `event` is its row.
    pub fn keep(self, tx: &mut Tx<'_>, key: Key, position: EventPosition, event: Row) {
        tx.set(kept_key(&key, position), event);
        tx.set(key, Self { event: EventLocation::Kept, ..self }.into_row());
    }

    /// Removes the event, if it is kept, and records that it is gone.
    pub fn prune(self, tx: &mut Tx<'_>, key: Key, position: EventPosition) {
        if self.event == EventLocation::Kept {
            tx.delete(kept_key(&key, position));
        }
        tx.set(key, Self { event: EventLocation::Pruned, ..self }.into_row());
    }

    /// The key of the event of the latest materialization whose key is `latest`.
    fn event_key(&self, latest: &Key) -> Option<Key> {
        let EventPlace { run_id, position } = self.made.as_ref()?;
        match self.event {
            EventLocation::InRun => Some(event_key(run_id, *position)),
            EventLocation::Kept => Some(kept_key(latest, *position)),
            EventLocation::Pruned => None,
        }
    }
}

impl EventLocation {
    const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::InRun => None,
            Self::Kept => Some("kept"),
            Self::Pruned => Some("pruned"),
        }
    }

    fn parse(name: Option<&str>) -> Result<Self> {
        let known = [Self::InRun, Self::Kept, Self::Pruned].into_iter().find(|event| event.as_str() == name);
        known.ok_or_else(|| Error::corrupt("the event of a latest materialization is nowhere"))
    }
}

impl Store {
    /// The latest materialization of the asset, or of one of its partitions. None if there is none, or if its event was
    /// pruned. Fails with `Code::InvalidArg` if the chosen partition key has no normal form.
    pub async fn get_latest_materialization(
        &self,
        asset_key: &str,
        choice: PartitionChoice,
    ) -> Result<Option<StoredEvent>> {
        let keys = candidates(&self.location, asset_key, choice)?;
        let view = self.snapshot().await?;
        for (key, row) in keys.iter().zip(view.get_many(&keys).await?) {
            let latest = Latest::from_row(row)?;
            if latest.made.is_some() {
                let event = latest.event_key(key);
                return Ok(events_at(view.as_ref(), event.as_slice()).await?.pop());
            }
        }
        Ok(None)
    }
}

/// The keys of the latest materialization: the first key that has one counts.
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
