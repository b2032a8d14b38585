//! Claiming slots: all the pools of the claim, or none.

use std::sync::Arc;

use compact_str::CompactString;

use super::events;
use super::ledger::Ledger;
use super::model::{ClaimStatus, Grant, SlotClaim};
use super::rows::{Lease, PoolId, Rank, StepId, Waiter};
use super::sweep::PROCESS_LIFE_MS;
use super::weigh::weigh;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::mutant::{self, Mutant};
use crate::records::Tx;
use crate::store::Store;

pub(super) struct Request {
    pub location: CompactString,
    pub step: StepId,
    pub pools: Vec<(PoolId, i64)>,
    pub claim: SlotClaim,
    pub mode: Mode,
    pub events: bool,
}

/// How the caller of a claim waits if it is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// By asking again.
    Polling,
    /// Here, for the first time.
    Entering,
    /// Here. Whoever removed the place in the queue meant the wait to end.
    Staying,
}

impl Store {
    pub async fn claim_concurrency_slots(&self, claim: SlotClaim) -> Result<ClaimStatus> {
        self.claim(claim, Mode::Polling, false).await
    }

    /// With `events`, the step's events of waiting and of the claim are stored along with it.
    pub(super) async fn claim(&self, claim: SlotClaim, mode: Mode, events: bool) -> Result<ClaimStatus> {
        let pools = claim.merged()?.into_iter().map(|(pool, slots)| (self.pool_id(&pool), slots)).collect();
        let step = StepId::new(&claim.run_id, &claim.step_key);
        let request = Request { location: self.location.clone(), step, pools, claim, mode, events };
        self.transact(request, |tx, request| Box::pin(async move { claim_slots(tx, request).await })).await
    }
}

async fn claim_slots(tx: &mut Tx<'_>, request: &Request) -> Result<ClaimStatus> {
    let (now, now_micros) = (tx.now(), tx.now_micros());
    let ids: Vec<PoolId> = request.pools.iter().map(|(id, _)| id.clone()).collect();
    let mut ledger = Ledger::new(tx);
    ledger.load(&request.step, &ids).await?;
    for id in &ids {
        if ledger.pool(id).await?.is_none() {
            return Err(unknown_pool(id));
        }
    }
    for id in &ids {
        ledger.sweep(id).await?;
    }
    let lease = ledger.live_lease(&request.step).await?;
    let waiter = ledger.live_waiter(&request.step).await?;
    if request.mode == Mode::Staying && waiter.is_none() {
        return Err(Error::new(crate::Code::Cancelled, "the place in the queue was removed before the grant"));
    }
    let minus_priority = if mutant::makes(Mutant::NoInversion) { 0 } else { -request.claim.priority };
    let rank = match &waiter {
        // Also where the same step asked later elsewhere: the order in which those who wait here are called is
        // that of their places, and one who decided by another would keep those behind from being called.
        Some(waiter) if request.mode == Mode::Staying => waiter.rank,
        Some(waiter) if waiter.location == request.location => Rank { minus_priority, ..waiter.rank },
        _ => Rank { minus_priority, since_micros: now_micros, order: ledger.tx.next_order() },
    };
    let weighed = weigh(&mut ledger, &request.step, &request.pools, lease.as_deref(), rank).await?;

    let Some(reason) = weighed.reason() else {
        for (id, place) in weighed.overtaken() {
            ledger.count_overtaking(id, place);
        }
        if let Some(waiter) = waiter {
            ledger.remove_waiter(&waiter).await?;
        }
        let grant = grant(&mut ledger, request, lease, now).await?;
        if request.events {
            events::claimed(&mut ledger, request).await?;
        }
        ledger.finish();
        return Ok(ClaimStatus::Claimed(grant));
    };

    // Nobody who waits in line holds, so the line cannot deadlock.
    if request.mode != Mode::Polling && lease.is_some() {
        return Err(Error::conflict(format!(
            "step '{}' of run '{}' holds a lease and asks for more than fits: release it first",
            request.step.step, request.step.run
        )));
    }
    let position = match weighed.first_that_blocks() {
        Some(first) if request.mode == Mode::Polling => ledger.count_ahead(first, &request.step, rank).await? + 1,
        // Nobody asks those who wait here, and it costs a look at all who are ahead.
        _ => 0,
    };
    // Who stays is in the queue as it entered, or as the same step asked later elsewhere. That is left as it
    // is: two who put each other's place right would never come to rest.
    if request.mode != Mode::Staying {
        let until =
            if request.mode == Mode::Polling { now.saturating_add(request.claim.wait_ttl_ms) } else { PROCESS_LIFE_MS };
        let waiting = Waiter {
            step: request.step.clone(),
            location: request.location.clone(),
            rank,
            until,
            pools: request.pools.iter().map(|(id, slots)| (id.pool.clone(), *slots)).collect(),
            holds_until: lease.as_ref().map(|lease| lease.expires_at),
            aside: false,
        };
        ledger.put_waiter(waiter.as_deref(), waiting).await?;
        if request.events {
            events::waiting(&mut ledger, request, &reason).await?;
        }
    }
    if request.mode != Mode::Polling {
        ledger.tx.tell(Change::Kept { step: request.step.clone(), by: weighed.kept_by() });
    }
    ledger.finish();
    Ok(ClaimStatus::Pending { position, reason })
}

async fn grant(ledger: &mut Ledger<'_, '_>, request: &Request, lease: Option<Arc<Lease>>, now: i64) -> Result<Grant> {
    let mut floor = 0;
    let mut shortest = i64::MAX;
    for (id, _) in &request.pools {
        let pool = ledger.known(id).await?;
        floor = floor.max(pool.last_token);
        shortest = shortest.min(pool.lease_ms);
    }
    let attempt = request.claim.attempt.clone().unwrap_or_default();
    let is_same = |lease: &&Lease| lease.attempt == attempt && !mutant::makes(Mutant::ClaimTwiceIsOneLease);
    let renewed_token = lease.as_deref().filter(is_same).map(|lease| lease.token);
    let token = renewed_token.unwrap_or_else(|| match ledger.tx.last_token() {
        last @ 1.. if mutant::makes(Mutant::TokensIncrease) => last,
        _ => ledger.tx.next_token(floor),
    });
    let duration = request.claim.lease_ms.unwrap_or(shortest);
    let mut pools = lease.as_ref().map_or_else(Vec::new, |lease| lease.pools.clone());
    let taken = if mutant::makes(Mutant::AllOrNothing) { 1 } else { request.pools.len() };
    for (id, slots) in request.pools.iter().take(taken) {
        match pools.iter_mut().find(|(held, _)| held == id) {
            Some((_, held)) => *held = *slots,
            None => pools.push((id.clone(), *slots)),
        }
    }
    if renewed_token.is_none() {
        for (id, _) in &pools {
            ledger.set_last_token(id, token).await?;
        }
    }
    let expires_at = now.saturating_add(duration);
    let step = request.step.clone();
    let granted = Lease { step, token, attempt, claimed_at: now, expires_at, duration, pools };
    ledger.put_lease(lease.as_deref(), granted).await?;
    Ok(Grant { token, expires_at })
}

pub(super) fn unknown_pool(id: &PoolId) -> Error {
    Error::not_found(format!("pool '{}' is not configured in code location '{}'", id.pool, id.location))
}
