//! The row of an event, and the keys of the rows that find it.

use super::model::PendingEvent;
use super::{EventPosition, EventType, StoredEvent};
use crate::error::{Error, Result};
use crate::key;
use crate::partitions::PartitionKey;
use crate::records::{Key, Row, Table};

pub fn event_key(run_id: &str, position: EventPosition) -> Key {
    key!(Table::Event, run_id, position.time, position.order)
}

pub fn by_asset_key(location: &str, asset_key: &str, position: EventPosition) -> Key {
    key!(Table::EventByAsset, location, asset_key, position.time, position.order)
}

pub fn by_id_key(id: &str) -> Key {
    key!(Table::EventById, id)
}

/// What the key of an event's row is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPlace {
    pub run_id: String,
    pub position: EventPosition,
}

impl EventPlace {
    pub fn key(&self) -> Key {
        event_key(&self.run_id, self.position)
    }

    pub fn into_row(self) -> Row {
        Row::new().with("time", self.position.time).with("order", self.position.order).with("run_id", self.run_id)
    }

    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self { position: read_position(&mut row)?, run_id: row.take("run_id")? })
    }
}

pub fn read_position(row: &mut Row) -> Result<EventPosition> {
    Ok(EventPosition { time: row.take("time")?, order: row.take("order")? })
}

pub fn read_type(row: &mut Row) -> Result<EventType> {
    let name: String = row.take("event_type")?;
    EventType::parse(&name).ok_or_else(|| Error::corrupt(format!("a stored event has the unknown type '{name}'")))
}

pub fn to_row(pending: &PendingEvent<'_>, location: &str, code_version: Option<&str>) -> Row {
    let PendingEvent { event, id, position, partition } = *pending;
    Row::new()
        .with("time", position.time)
        .with("order", position.order)
        .with("run_id", event.run_id.as_str())
        .with("event_id", id)
        .with("location", location)
        .with("metadata", &event.metadata)
        .with("asset_key", event.asset_key.as_deref())
        .with("partition", partition)
        .with("event_type", event.event_type.as_str())
        .with("code_version", code_version)
        .with("data_version", event.data_version.as_deref())
        .with("input_data_versions", &event.input_data_versions)
}

pub fn from_row(mut row: Row) -> Result<StoredEvent> {
    Ok(StoredEvent {
        timestamp: row.take("time")?,
        run_id: row.take("run_id")?,
        id: row.take("event_id")?,
        metadata: row.take("metadata")?,
        asset_key: row.take("asset_key")?,
        partition_key: read_partition(&mut row)?,
        event_type: read_type(&mut row)?,
        code_version: row.take("code_version")?,
        data_version: row.take("data_version")?,
        input_data_versions: row.take("input_data_versions")?,
    })
}

fn read_partition(row: &mut Row) -> Result<Option<PartitionKey>> {
    let canonical: Option<String> = row.take("partition")?;
    canonical.as_deref().map(PartitionKey::from_canonical).transpose()
}
