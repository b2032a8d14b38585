//! Writes that only the holder of a lease may make.

use compact_str::CompactString;

use super::model::LeaseRef;
use super::rows::{Lease, StepId, lease_key};
use crate::error::{Code, Error, Result};
use crate::events::{NewEvent, append, normalise_partitions};
use crate::invariant::{Invariant, is_broken};
use crate::records::Tx;
use crate::store::Store;

struct FencedEvents {
    location: CompactString,
    events: Vec<NewEvent>,
    lease: LeaseRef,
}

impl Store {
    /// Stores events as `store_events` does, but only while the grant is live: the check and the events are one
    /// transaction. Fails with `Code::LeaseLost` otherwise.
    pub async fn store_fenced_events(&self, mut events: Vec<NewEvent>, lease: LeaseRef) -> Result<Vec<String>> {
        normalise_partitions(&mut events)?;
        let batch = FencedEvents { location: self.location.clone(), events, lease };
        self.transact(batch, |tx, batch| {
            Box::pin(async move {
                require_live(tx, &batch.lease).await?;
                append(tx, &batch.location, &batch.events).await
            })
        })
        .await
    }
}

/// Fails with `Code::LeaseLost` unless the grant is live.
pub async fn require_live(tx: &Tx<'_>, grant: &LeaseRef) -> Result<()> {
    let step = StepId::new(&grant.run_id, &grant.step_key);
    let lease = tx.get(&lease_key(&step)).await?.map(Lease::from_row).transpose()?;
    match lease.filter(|lease| is_live(lease, tx.now())) {
        Some(lease) if lease.token == grant.token => Ok(()),
        _ => Err(Error::new(
            Code::LeaseLost,
            format!("grant {} of step '{}' of run '{}' is not live", grant.token, grant.step_key, grant.run_id),
        )),
    }
}

pub fn is_live(lease: &Lease, now: i64) -> bool {
    lease.is_live(now) || is_broken(Invariant::ExpiredStaysDead)
}
