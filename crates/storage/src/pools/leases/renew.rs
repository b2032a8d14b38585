//! Renewing a lease.

use compact_str::CompactString;

use super::super::fence::is_live;
use super::super::pool_tx::PoolTx;
use super::super::rows::{Lease, Pool, StepId, pool_key};
use super::events;
use crate::error::Result;
use crate::operation::{Message, Portable};
use crate::records::{BoxFuture, Key, Row, Tx};
use crate::store::Store;

/// A renewal that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// In how many pools the lease holds slots.
    pub slots: usize,
    /// When the lease expires now, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

impl Store {
    /// Renews the step's live lease until `lease_ms` from now (default: the shortest lease duration of the pools held).
    /// With a token, renews only the grant with this token. None if there is no such lease: an expired lease is never
    /// revived.
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
    pub(in crate::pools) async fn renew(
        &self,
        step: StepId,
        lease_ms: Option<i64>,
        token: Option<i64>,
        events: bool,
    ) -> Result<Option<Renewal>> {
        self.transact_portable(RenewRequest { location: self.location.clone(), step, lease_ms, token, events }).await
    }
}

pub(crate) struct RenewRequest {
    location: CompactString,
    step: StepId,
    lease_ms: Option<i64>,
    token: Option<i64>,
    events: bool,
}

async fn renew(tx: &mut Tx<'_>, request: &RenewRequest) -> Result<Option<Renewal>> {
    let RenewRequest { location, step, lease_ms, token, events } = request;
    let now = tx.now();
    let mut pool_tx = PoolTx::new(tx);
    pool_tx.load(std::slice::from_ref(step), std::iter::empty()).await?;
    let Some(lease) = pool_tx.lease(step).await?.filter(|lease| is_live(lease, now)) else { return Ok(None) };
    if token.is_some_and(|token| token != lease.token) {
        return Ok(None);
    }
    let duration = match *lease_ms {
        Some(duration) => duration,
        None => shortest(pool_tx.tx, &lease).await?,
    };
    let expires_at = now.saturating_add(duration);
    let renewal = Renewal { slots: lease.pools.len(), expires_at };
    pool_tx.put_lease(Some(&lease), Lease { expires_at, duration, ..Lease::clone(&lease) }).await?;
    if *events {
        events::renewed(pool_tx.tx, location, step).await?;
    }
    pool_tx.finish();
    Ok(Some(renewal))
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

impl Portable for RenewRequest {
    const NAME: &'static str = "renew";
    const IS_URGENT: bool = true;
    type Answer = Option<Renewal>;

    fn decide<'t>(tx: &'t mut Tx<'_>, request: &'t Self) -> BoxFuture<'t, Result<Option<Renewal>>> {
        Box::pin(renew(tx, request))
    }
}

impl Message for RenewRequest {
    fn to_row(&self) -> Row {
        let row = self.step.to_row().with("location", self.location.clone());
        row.with("lease_ms", self.lease_ms).with("token", self.token).with("events", self.events)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            location: row.take("location")?,
            lease_ms: row.take("lease_ms")?,
            token: row.take("token")?,
            events: row.take("events")?,
            step: StepId::from_row(row)?,
        })
    }
}

impl Message for Renewal {
    fn to_row(&self) -> Row {
        Row::new().with("slots", i64::try_from(self.slots).unwrap_or(i64::MAX)).with("expires_at", self.expires_at)
    }

    fn from_row(mut row: Row) -> Result<Self> {
        let slots = usize::try_from(row.take::<i64>("slots")?).unwrap_or_default();
        Ok(Self { slots, expires_at: row.take("expires_at")? })
    }
}
