//! Lists that grow at their end: the logs of a run, the ticks of an automation. The key of an entry is its list, its
//! time and its order number. Its id is given by the caller or generated. Storing an id again changes nothing.

use std::collections::HashMap;

use crate::batches::{BatchProgress, BatchRequest, first};
use crate::deletions::Deletions;
use crate::error::{Error, Result};
use crate::ids;
use crate::key;
use crate::records::{Key, Reads, Row, Table, Tx};

/// An entry of such a list.
pub trait Entry: Send + Sync + 'static {
    /// What an entry is called in messages.
    const NAME: &'static str;
    /// The table that finds entries by ids that callers gave.
    const BY_ID: Table;
    /// The name of the field that identifies the list.
    const LIST: &'static str;
    /// The name of the field that must be equal when an id is stored again.
    const SUBJECT: &'static str;

    /// Whether the list belongs to a run, and is deleted with it.
    const OF_RUN: bool;

    /// The beginning of the keys of a list.
    fn list_key(location: &str, list: &str) -> Key;
    fn id(&self) -> Option<&str>;
    fn timestamp(&self) -> Option<i64>;
    fn list(&self) -> &str;
    fn subject(&self) -> &str;
    /// Adds the other fields to the row.
    fn write(&self, row: Row) -> Row;
}

/// What an id identifies, and where it is stored. Both the entry's row and the row that finds it by its id have these
/// fields.
pub struct EntryIdentity {
    pub id: String,
    location: String,
    pub list: String,
    pub subject: String,
    pub time: i64,
    order: i64,
}

impl EntryIdentity {
    pub fn take<E: Entry>(row: &mut Row) -> Result<Self> {
        Ok(Self {
            id: row.take("entry_id")?,
            location: row.take("location")?,
            list: row.take(E::LIST)?,
            subject: row.take(E::SUBJECT)?,
            time: row.take("time")?,
            order: row.take("order")?,
        })
    }

    fn to_row<E: Entry>(&self) -> Row {
        Row::new()
            .with("entry_id", self.id.as_str())
            .with("location", self.location.as_str())
            .with(E::LIST, self.list.as_str())
            .with(E::SUBJECT, self.subject.as_str())
            .with("time", self.time)
            .with("order", self.order)
    }

    pub fn key<E: Entry>(&self) -> Key {
        key_at::<E>(&self.location, &self.list, self.time, self.order)
    }

    /// The key of the row that finds the entry by its id. None for a generated id, which needs no such row.
    fn by_id_key<E: Entry>(&self, store_id: &str) -> Option<Key> {
        let tells = places::<E>(store_id, &self.location, &self.id).next() == Some(self.key::<E>());
        (!tells).then(|| key!(E::BY_ID, &self.id))
    }

    fn check_repeated_by<E: Entry>(&self, entry: &E, location: &str) -> Result<()> {
        let same_list = E::list_key(location, entry.list()) == E::list_key(&self.location, &self.list);
        if same_list && entry.subject() == self.subject {
            return Ok(());
        }
        let Self { id, list, subject, .. } = self;
        Err(Error::conflict(format!("the {} id '{id}' is in use for '{list}', '{subject}'", E::NAME)))
    }
}

fn key_at<E: Entry>(location: &str, list: &str, time: i64, order: i64) -> Key {
    let mut key = E::list_key(location, list);
    key.parts.extend([time.into(), order.into()]);
    key
}

/// The keys under which the entry with this id may be found.
fn places<E: Entry>(store_id: &str, location: &str, id: &str) -> impl Iterator<Item = Key> + use<E> {
    let generated = ids::parse(store_id, id).map(|place| key_at::<E>(location, place.scope, place.time, place.order));
    generated.into_iter().chain([key!(E::BY_ID, id)])
}

/// The entries that are stored under these ids.
async fn known<'i, E: Entry>(
    reads: &dyn Reads,
    store_id: &str,
    location: &str,
    ids: impl Iterator<Item = &'i str> + Send,
) -> Result<HashMap<String, EntryIdentity>> {
    let wanted = ids.flat_map(|id| places::<E>(store_id, location, id).map(move |place| (id, place)));
    let (ids, keys): (Vec<&str>, Vec<Key>) = wanted.unzip();
    let mut known = HashMap::new();
    if keys.is_empty() {
        return Ok(known);
    }
    for (id, row) in ids.into_iter().zip(reads.get_many(&keys).await?) {
        let identity = row.map(|mut row| EntryIdentity::take::<E>(&mut row)).transpose()?;
        if let Some(identity) = identity.filter(|identity| identity.id == id) {
            known.insert(identity.id.clone(), identity);
        }
    }
    Ok(known)
}

/// The entry with this id, if the code location has one.
pub async fn find<E: Entry>(
    reads: &dyn Reads,
    store_id: &str,
    location: &str,
    id: &str,
) -> Result<Option<EntryIdentity>> {
    Ok(known::<E>(reads, store_id, location, [id].into_iter()).await?.remove(id))
}

/// Stores the entries in their order, and returns their ids. Fails with `Code::Conflict` if an id is in use for another
/// entry.
pub async fn append<E: Entry>(tx: &mut Tx<'_>, location: &str, entries: &[E]) -> Result<Vec<String>> {
    let given = entries.iter().filter_map(Entry::id);
    let mut known = known::<E>(tx.reads(), tx.store_id(), location, given).await?;
    if E::OF_RUN {
        // Entries of a deleted run do not count, also before they are removed.
        let deletions = Deletions::of(tx.reads(), known.values().map(|identity| identity.list.as_str())).await?;
        known.retain(|_, identity| !deletions.include(&identity.list, identity.order));
    }
    let mut answer = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(id) = entry.id()
            && let Some(identity) = known.get(id)
        {
            identity.check_repeated_by(entry, location)?;
            answer.push(id.to_owned());
            continue;
        }
        let (time, order) = (entry.timestamp().unwrap_or_else(|| tx.now()), tx.next_order());
        let id = entry.id().map_or_else(|| tx.generated_id(time, order, entry.list()), str::to_owned);
        answer.push(id.clone());
        let (list, subject) = (entry.list().to_owned(), entry.subject().to_owned());
        let identity = EntryIdentity { id, location: location.to_owned(), list, subject, time, order };
        tx.set(identity.key::<E>(), entry.write(identity.to_row::<E>()));
        if entry.id().is_some() {
            tx.set(key!(E::BY_ID, &identity.id), identity.to_row::<E>());
            known.insert(identity.id.clone(), identity);
        }
    }
    Ok(answer)
}

/// Removes the first entries of the range that were stored before an order number, with the rows that find them by id.
pub async fn remove<E: Entry>(tx: &mut Tx<'_>, (rest, before_order): &BatchRequest<i64>) -> Result<BatchProgress> {
    let rows = first(tx, rest).await?;
    let heads: Vec<EntryIdentity> =
        rows.into_iter().map(|mut row| EntryIdentity::take::<E>(&mut row)).collect::<Result<_>>()?;
    let seen = heads.iter().map(EntryIdentity::key::<E>).collect();
    let doomed: Vec<EntryIdentity> = heads.into_iter().filter(|identity| identity.order < **before_order).collect();
    let by_id: Vec<Key> = doomed.iter().filter_map(|identity| identity.by_id_key::<E>(tx.store_id())).collect();
    if !by_id.is_empty() {
        for (key, row) in by_id.iter().zip(tx.get_many(&by_id).await?) {
            let named = row.map(|mut row| EntryIdentity::take::<E>(&mut row)).transpose()?;
            // A later entry may have the id by now.
            if named.is_some_and(|named| named.order < **before_order) {
                tx.delete(key.clone());
            }
        }
    }
    for identity in &doomed {
        tx.delete(identity.key::<E>());
    }
    Ok(BatchProgress::new(doomed.len(), seen))
}
