//! Finding an event by its id, and telling whether an id that comes again means the same event.

use std::collections::HashMap;

use super::rows::{by_id_key, event_key, read_position, read_type};
use super::{EventPosition, EventType, NewEvent};
use crate::deletions::Deletions;
use crate::error::{Error, Result};
use crate::ids;
use crate::records::{Key, Reads, Row};

/// What an id names. The same fields stand in an event's row and in the row that finds it by id.
#[derive(Clone, Debug)]
pub struct EventIdentity {
    pub id: String,
    pub event_type: EventType,
    pub run_id: String,
    pub location: String,
    pub asset_key: Option<String>,
    pub position: EventPosition,
}

/// Where the event with this id can be: where the id says, if this store made it up, and under the
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

/// The events that the ids of a batch name already.
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

    /// Takes the answers to the keys.
    pub fn fill(&mut self, answers: &mut impl Iterator<Item = Option<Row>>) -> Result<()> {
        for ((id, _), row) in self.wanted.iter().zip(answers) {
            if let Some(identity) = EventIdentity::read(id, row)? {
                self.found.insert(identity.id.clone(), identity);
            }
        }
        Ok(())
    }

    /// An event of a deleted run is as good as gone, though it may not be removed yet.
    pub async fn leave_out_deleted(&mut self, reads: &dyn Reads) -> Result<()> {
        let runs = self.found.values().map(|identity| identity.run_id.as_str());
        let deletions = Deletions::of(reads, runs).await?;
        self.found.retain(|_, identity| !deletions.include(&identity.run_id, identity.position.order));
        Ok(())
    }

    pub fn add(&mut self, identity: EventIdentity) {
        self.found.insert(identity.id.clone(), identity);
    }

    /// Whether the event is there already; a conflict if another one is.
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
        // Assets are of a code location, runs are of all.
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

    /// From one of the places, unless the event there has another id.
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

    /// Where the id is looked up, unless it says itself where the event is.
    pub fn by_id_key(&self, store_id: &str) -> Option<Key> {
        let tells = places(store_id, &self.id).next() == Some(event_key(&self.run_id, self.position));
        (!tells).then(|| by_id_key(&self.id))
    }
}
