//! Keeping a lease, and finding out whether one is live.

use compact_str::CompactString;

use super::events;
use super::ledger::Ledger;
use super::model::LeaseRef;
use super::rows::{Lease, Pool, StepId, lease_key, pool_key};
use crate::error::{Code, Error, Result};
use crate::events::EventType;
use crate::mutant::{self, Mutant};
use crate::records::{Key, Tx};
use crate::store::Store;

/// What became of a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    pub slots: usize,
    pub expires_at: i64,
}

impl Store {
    /// Renews the step's live lease, to now + `lease_ms` (default: the shortest of the pools held).
    /// None when there is no live lease, or not with this token: an expired one is never revived.
    pub async fn renew_slot_lease(
        &self,
        run_id: &str,
        step_key: &str,
        lease_ms: Option<i64>,
        token: Option<i64>,
    ) -> Result<Option<Renewal>> {
        self.renew(StepId::new(run_id, step_key), lease_ms, token, false).await
    }

    /// With `events`, the step's event of the renewal is stored along with it.
    pub(super) async fn renew(
        &self,
        step: StepId,
        lease_ms: Option<i64>,
        token: Option<i64>,
        events: bool,
    ) -> Result<Option<Renewal>> {
        let request = Request { location: self.location.clone(), step, lease_ms, token, events };
        self.transact(request, |tx, request| Box::pin(async move { renew(tx, request).await })).await
    }
}

struct Request {
    location: CompactString,
    step: StepId,
    lease_ms: Option<i64>,
    token: Option<i64>,
    events: bool,
}

async fn renew(tx: &mut Tx<'_>, request: &Request) -> Result<Option<Renewal>> {
    let Request { location, step, lease_ms, token, events } = request;
    let now = tx.now();
    let mut ledger = Ledger::new(tx);
    ledger.load(step, &[]).await?;
    let Some(lease) = ledger.lease(step).await?.filter(|lease| is_live(lease, now)) else { return Ok(None) };
    if token.is_some_and(|token| token != lease.token) {
        return Ok(None);
    }
    let duration = match *lease_ms {
        Some(duration) => duration,
        None => shortest(ledger.tx, &lease).await?,
    };
    let expires_at = now.saturating_add(duration);
    let renewal = Renewal { slots: lease.pools.len(), expires_at };
    ledger.put_lease(Some(&lease), Lease { expires_at, duration, ..Lease::clone(&lease) }).await?;
    if *events {
        events::told(ledger.tx, location, step, EventType::StepSlotRenewed).await?;
    }
    ledger.finish();
    Ok(Some(renewal))
}

fn is_live(lease: &Lease, now: i64) -> bool {
    lease.is_live(now) || mutant::makes(Mutant::ExpiredStaysDead)
}

async fn shortest(tx: &Tx<'_>, lease: &Lease) -> Result<i64> {
    let keys: Vec<Key> = lease.pools.iter().map(|(id, _)| pool_key(id)).collect();
    let mut shortest = lease.duration;
    let mut first = true;
    for mut row in tx.get_many(&keys).await?.into_iter().flatten() {
        let Pool { lease_ms, .. } = Pool::from_row(&mut row)?;
        shortest = if first { lease_ms } else { shortest.min(lease_ms) };
        first = false;
    }
    Ok(shortest)
}

/// Fails unless the grant is live: for writes that only its holder may make.
pub(crate) async fn require_live(tx: &Tx<'_>, grant: &LeaseRef) -> Result<()> {
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
