//! Finds events by their ids, and decides whether an id that is stored again identifies the same event.

use std::collections::HashMap;

use super::rows::{by_id_key, event_key, read_position, read_type};
use super::{EventPosition, EventType, NewEvent};
use crate::deletions::Deletions;
use crate::error::{Error, Result};
use crate::ids;
use crate::records::{Key, Reads, Row};

/// What an id identifies. Both the event's row and the row that finds it by its id have these fields.
#[derive(Clone, Debug)]
pub struct EventIdentity {
    pub id: String,
    pub event_type: EventType,
    pub run_id: String,
    pub location: String,
    pub asset_key: Option<String>,
    pub position: EventPosition,
}

/// The keys under which the event with this id may be found: the key that a generated id gives, and that of the row for
/// ids that callers gave.
fn places(store_id: &str, id: &str) -> impl Iterator<Item = Key> + use<> {
    let generated = ids::parse(store_id, id);
    let generated =
        generated.map(|place| event_key(place.scope, EventPosition { time: place.time, order: place.order }));
    generated.into_iter().chain([by_id_key(id)])
}

pub async fn find(reads: &dyn Reads, store_id: &str, id: &str) -> Result<Option<EventIdentity>> {
    for place in places(store_id, id) {
        if let Some(found) = EventIdentity::read(id, reads.get(&place).await?)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The events that are stored under the ids of a batch.
pub struct KnownIds<'e> {
    wanted: Vec<(&'e str, Key)>,
    found: HashMap<String, EventIdentity>,
}

impl<'e> KnownIds<'e> {
    pub fn of(store_id: &str, events: &'e [NewEvent]) -> Self {
        let ids = events.iter().filter_map(|event| event.id.as_deref());
        let wanted = ids.flat_map(|id| places(store_id, id).map(move |place| (id, place))).collect();
        Self { wanted, found: HashMap::new() }
    }

    pub fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.wanted.iter().map(|(_, key)| key.clone())
    }

    /// Takes the rows with these keys.
    pub fn fill(&mut self, answers: &mut impl Iterator<Item = Option<Row>>) -> Result<()> {
        for ((id, _), row) in self.wanted.iter().zip(answers) {
            if let Some(identity) = EventIdentity::read(id, row)? {
                self.found.insert(identity.id.clone(), identity);
            }
        }
        Ok(())
    }

    /// Events of a deleted run do not count, also before they are removed.
    pub async fn leave_out_deleted(&mut self, reads: &dyn Reads) -> Result<()> {
        let runs = self.found.values().map(|identity| identity.run_id.as_str());
        let deletions = Deletions::of(reads, runs).await?;
        self.found.retain(|_, identity| !deletions.include(&identity.run_id, identity.position.order));
        Ok(())
    }

    pub fn add(&mut self, identity: EventIdentity) {
        self.found.insert(identity.id.clone(), identity);
    }

    /// Whether the event is stored already. Fails with `Code::Conflict` if the id identifies another event.
    pub fn has(&self, id: &str, event: &NewEvent, location: &str) -> Result<bool> {
        let Some(identity) = self.found.get(id) else { return Ok(false) };
        identity.expect_same(event, location).map(|()| true)
    }
}

impl EventIdentity {
    pub fn new(id: &str, event: &NewEvent, location: &str, position: EventPosition) -> Self {
        Self {
            id: id.to_owned(),
            event_type: event.event_type,
            run_id: event.run_id.clone(),
            location: location.to_owned(),
            asset_key: event.asset_key.clone(),
            position,
        }
    }

    pub fn is_of_asset(&self, location: &str, asset_key: &str) -> bool {
        self.location == location && self.asset_key.as_deref() == Some(asset_key)
    }

    fn expect_same(&self, event: &NewEvent, location: &str) -> Result<()> {
        // A code location has assets of its own; runs are shared by all.
        let same_place = self.asset_key.is_none() || self.location == location;
        let same_asset = same_place && self.asset_key == event.asset_key;
        if same_asset && self.event_type == event.event_type && self.run_id == event.run_id {
            return Ok(());
        }
        let Self { id, event_type, run_id, asset_key, .. } = self;
        let asset = asset_key.as_ref().map_or_else(String::new, |key| format!(" on asset '{key}'"));
        let event_type = event_type.as_str();
        Err(Error::conflict(format!("the id '{id}' is that of another event: {event_type} of run '{run_id}'{asset}")))
    }

    pub fn to_row(&self) -> Row {
        Row::new()
            .with("time", self.position.time)
            .with("order", self.position.order)
            .with("run_id", self.run_id.as_str())
            .with("event_id", self.id.as_str())
            .with("location", self.location.as_str())
            .with("asset_key", self.asset_key.as_deref())
            .with("event_type", self.event_type.as_str())
    }

    /// The event of a row, if it has this id.
    fn read(id: &str, row: Option<Row>) -> Result<Option<Self>> {
        Ok(row.map(Self::from_row).transpose()?.filter(|identity| identity.id == id))
    }

    pub fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            position: read_position(&mut row)?,
            run_id: row.take("run_id")?,
            id: row.take("event_id")?,
            location: row.take("location")?,
            asset_key: row.take("asset_key")?,
            event_type: read_type(&mut row)?,
        })
    }

    /// The key of the row that finds the event by its id. None for a generated id, which needs no such row.
    pub fn by_id_key(&self, store_id: &str) -> Option<Key> {
        let tells = places(store_id, &self.id).next() == Some(event_key(&self.run_id, self.position));
        (!tells).then(|| by_id_key(&self.id))
    }
}
