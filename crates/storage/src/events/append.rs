//! Storing events with all that follows from them, in one transaction.

use compact_str::CompactString;

use super::named::{Known, Named};
use super::rows::{EventPlace, by_asset_key, by_id_key, event_key, to_row};
use super::{Moment, NewEvent, Occurrence};
use crate::assets::Catalog;
use crate::error::Result;
use crate::partitions::PartitionKey;
use crate::pools::{LeaseRef, require_live};
use crate::records::{Key, Tx};
use crate::store::Store;

struct Batch {
    location: CompactString,
    events: Vec<NewEvent>,
    lease: Option<LeaseRef>,
}

impl Store {
    /// All or none, in their order; with a lease, only while that grant is live. An id that is there
    /// changes nothing.
    pub async fn store_events(&self, mut events: Vec<NewEvent>, lease: Option<LeaseRef>) -> Result<Vec<String>> {
        for (at, event) in events.iter_mut().enumerate() {
            if let Some(key) = event.partition_key.take() {
                event.partition_key = Some(key.normalise(&format!("events[{at}].partitionKey"))?);
            }
        }
        let batch = Batch { location: self.location.clone(), events, lease };
        self.transact(batch, |tx, batch| {
            Box::pin(async move {
                if let Some(lease) = &batch.lease {
                    require_live(tx, lease).await?;
                }
                append(tx, &batch.location, &batch.events).await
            })
        })
        .await
    }
}

/// Stores events as part of a larger transaction, and answers their ids. Their partition keys are
/// normal.
pub async fn append(tx: &mut Tx<'_>, location: &str, events: &[NewEvent]) -> Result<Vec<String>> {
    let mut known = Known::of(tx.store_id(), events);
    let mut catalog = Catalog::of(location, events);
    let keys: Vec<Key> = known.keys().chain(catalog.keys()).collect();
    if !keys.is_empty() {
        let mut answers = tx.get_many(&keys).await?.into_iter();
        known.fill(&mut answers)?;
        catalog.fill(&mut answers)?;
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
        let moment = Moment { time: event.timestamp.unwrap_or_else(|| tx.now()), order: tx.next_order() };
        let id = event.id.clone().unwrap_or_else(|| tx.made_up_id(moment.time, moment.order, &event.run_id));
        if event.id.is_some() {
            let named = Named::new(&id, event, location, moment);
            tx.set(by_id_key(&id), named.to_row());
            known.add(named);
        }
        if let Some(asset_key) = &event.asset_key {
            let place = EventPlace { run_id: event.run_id.clone(), moment };
            tx.set(by_asset_key(location, asset_key, moment), place.into_row());
        }
        let partition = event.partition_key.as_ref().map(PartitionKey::to_canonical);
        let occurrence = Occurrence { event, id: &id, moment, partition: partition.as_deref() };
        catalog.apply(&occurrence);
        tx.set(event_key(&event.run_id, moment), to_row(&occurrence, location, catalog.code_version(event)));
        ids.push(id);
    }
    catalog.write(tx);
    Ok(ids)
}
