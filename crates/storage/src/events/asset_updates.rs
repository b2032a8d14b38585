//! What a batch of events may change beside the events themselves. It is read at once, changed in the order of the
//! events, and written once.

use std::collections::BTreeMap;

use super::effects::{has_effects, show};
use super::latest::{Latest, latest_key, partition_latest_key};
use super::model::PendingEvent;
use super::{EventType, NewEvent};
use crate::assets::{AssetRow, asset_key};
use crate::error::Result;
use crate::partitions::{PartitionKey, materialized};
use crate::records::{Key, Row, Tx};

pub struct AssetUpdates<'e> {
    location: &'e str,
    assets: BTreeMap<&'e str, AssetState<'e>>,
}

#[derive(Default)]
struct AssetState<'e> {
    /// None if the asset is not registered.
    row: Option<AssetRow>,
    row_changed: bool,
    latest: Latest,
    latest_changed: bool,
    /// By canonical form.
    partitions: BTreeMap<String, PartitionState<'e>>,
}

struct PartitionState<'e> {
    key: &'e PartitionKey,
    latest: Latest,
    latest_changed: bool,
    was_there: bool,
}

impl<'e> AssetUpdates<'e> {
    /// The assets and partitions that the events may change, not read yet.
    pub fn of(location: &'e str, events: &'e [NewEvent]) -> Self {
        let mut assets: BTreeMap<&str, AssetState<'_>> = BTreeMap::new();
        for event in events.iter().filter(|event| has_effects(event.event_type)) {
            if let Some(name) = &event.asset_key {
                let asset = assets.entry(name).or_default();
                if let Some(key) = &event.partition_key {
                    asset.partitions.entry(key.to_canonical()).or_insert_with(|| PartitionState::of(key));
                }
            }
        }
        Self { location, assets }
    }

    /// The keys of all rows that the batch may change, in the order in which `fill` takes them.
    pub fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        let location = self.location;
        self.assets.iter().flat_map(move |(name, asset)| {
            let partitions = asset.partitions.keys().map(move |key| partition_latest_key(location, name, key));
            [asset_key(location, name), latest_key(location, name)].into_iter().chain(partitions)
        })
    }

    /// Takes the rows with these keys.
    pub fn fill(&mut self, answers: &mut impl Iterator<Item = Option<Row>>) -> Result<()> {
        let mut answer = || answers.next().flatten();
        for asset in self.assets.values_mut() {
            asset.row = answer().map(AssetRow::from_row).transpose()?;
            asset.latest = Latest::from_row(answer())?;
            for partition in asset.partitions.values_mut() {
                partition.latest = Latest::from_row(answer())?;
                partition.was_there = partition.latest.is_there();
            }
        }
        Ok(())
    }

    /// Applies the effects of one event.
    pub fn apply(&mut self, pending: &PendingEvent<'_>) {
        let PendingEvent { event, position, partition, .. } = *pending;
        let Some(asset) = event.asset_key.as_deref().and_then(|name| self.assets.get_mut(name)) else { return };
        if event.event_type == EventType::Materialization {
            asset.latest_changed |= asset.latest.apply(pending);
        }
        if let Some(partition) = partition.and_then(|key| asset.partitions.get_mut(key)) {
            partition.latest_changed |= partition.latest.apply(pending);
            if partition.latest.is_deleted_since(position) {
                return;
            }
        }
        if let Some(row) = &mut asset.row {
            asset.row_changed |= show(row, pending);
        }
    }

    /// The code version that a materialization is stored with.
    pub fn code_version(&self, event: &NewEvent) -> Option<&str> {
        let name = event.asset_key.as_deref().filter(|_| event.event_type == EventType::Materialization)?;
        self.assets.get(name)?.row.as_ref()?.record.code_version.as_deref()
    }

    /// Writes the rows that changed.
    pub fn write(self, tx: &mut Tx<'_>) {
        let location = self.location;
        for (name, asset) in self.assets {
            if let Some(row) = asset.row.filter(|_| asset.row_changed) {
                tx.set(asset_key(location, name), row.into_row());
            }
            if asset.latest_changed {
                asset.latest.write(tx, latest_key(location, name));
            }
            for (canonical, partition) in asset.partitions {
                partition.write(tx, location, name, &canonical);
            }
        }
    }
}

impl<'e> PartitionState<'e> {
    fn of(key: &'e PartitionKey) -> Self {
        Self { key, latest: Latest::default(), latest_changed: false, was_there: false }
    }

    fn write(self, tx: &mut Tx<'_>, location: &str, asset: &str, canonical: &str) {
        let place = materialized::partition_key(location, asset, self.key, canonical);
        match (self.was_there, self.latest.is_there()) {
            (false, true) => tx.set(place, materialized::row(canonical)),
            (true, false) => tx.delete(place),
            _ => (),
        }
        if self.latest_changed {
            self.latest.write(tx, partition_latest_key(location, asset, canonical));
        }
    }
}
