//! Stores events with their effects on assets and partitions, in one transaction.

use compact_str::CompactString;

use super::asset_updates::AssetUpdates;
use super::identity::{EventIdentity, KnownIds};
use super::model::PendingEvent;
use super::rows::{EventPlace, by_asset_key, by_id_key, event_key, to_row};
use super::{EventPosition, NewEvent};
use crate::error::Result;
use crate::partitions::PartitionKey;
use crate::records::{Key, Tx};
use crate::store::Store;

struct Batch {
    location: CompactString,
    events: Vec<NewEvent>,
}

impl Store {
    /// Stores the events in their order, all or none, and returns their ids. Storing an id again changes nothing; fails
    /// with `Code::Conflict` if the id is in use for an event of another run, type or asset. `store_fenced_events`
    /// stores events that only the holder of a lease may store.
    pub async fn store_events(&self, mut events: Vec<NewEvent>) -> Result<Vec<String>> {
        normalise_partitions(&mut events)?;
        let batch = Batch { location: self.location.clone(), events };
        self.transact(batch, |tx, batch| Box::pin(async move { append(tx, &batch.location, &batch.events).await }))
            .await
    }
}

/// Normalises the partition keys of the events, as [`append`] requires. Fails with `Code::InvalidArg` if a key has no
/// normal form.
pub fn normalise_partitions(events: &mut [NewEvent]) -> Result<()> {
    for (at, event) in events.iter_mut().enumerate() {
        if let Some(key) = event.partition_key.take() {
            event.partition_key = Some(key.normalise(&format!("events[{at}].partitionKey"))?);
        }
    }
    Ok(())
}

/// Stores events as part of a larger transaction, and returns their ids. Their partition keys must be normalised.
pub async fn append(tx: &mut Tx<'_>, location: &str, events: &[NewEvent]) -> Result<Vec<String>> {
    let mut known = KnownIds::of(tx.store_id(), events);
    let mut updates = AssetUpdates::of(location, events);
    let keys: Vec<Key> = known.keys().chain(updates.keys()).collect();
    if !keys.is_empty() {
        let mut answers = tx.get_many(&keys).await?.into_iter();
        known.fill(&mut answers)?;
        updates.fill(&mut answers)?;
        known.leave_out_deleted(tx.reads()).await?;
    }

    let mut ids = Vec::with_capacity(events.len());
    for event in events {
        if let Some(id) = &event.id
            && known.has(id, event, location)?
        {
            ids.push(id.clone());
            continue;
        }
        let position = EventPosition { time: event.timestamp.unwrap_or_else(|| tx.now()), order: tx.next_order() };
        let id = event.id.clone().unwrap_or_else(|| tx.generated_id(position.time, position.order, &event.run_id));
        if event.id.is_some() {
            let identity = EventIdentity::new(&id, event, location, position);
            tx.set(by_id_key(&id), identity.to_row());
            known.add(identity);
        }
        if let Some(asset_key) = &event.asset_key {
            let place = EventPlace { run_id: event.run_id.clone(), position };
            tx.set(by_asset_key(location, asset_key, position), place.into_row());
        }
        let partition = event.partition_key.as_ref().map(PartitionKey::to_canonical);
        let pending = PendingEvent { event, id: &id, position, partition: partition.as_deref() };
        updates.apply(&pending);
        tx.set(event_key(&event.run_id, position), to_row(&pending, location, updates.code_version(event)));
        ids.push(id);
    }
    updates.write(tx);
    Ok(ids)
}
