//! Claiming slots: all the pools of the claim, or none.

use std::sync::Arc;

use compact_str::CompactString;

use super::super::decide::fits;
use super::super::leases::events;
use super::super::limits::unknown_pool;
use super::super::model::{ClaimStatus, Grant, SlotClaim};
use super::super::pool_tx::PoolTx;
use super::super::rows::{Lease, PROCESS_LIFE_MS, Pool, PoolId, Rank, StepId, Terms, Waiter};
use super::weigh::weigh;
use crate::error::{Code, Error, Result};
use crate::invariant::{Invariant, is_broken};
use crate::key;
use crate::records::{Table, Tx};
use crate::store::Store;

/// A claim as its transaction gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimRequest {
    pub(super) location: CompactString,
    pub(super) step: StepId,
    pub(super) pools: Vec<(PoolId, i64)>,
    pub(super) priority: i64,
    pub(super) lease_ms: Option<i64>,
    pub(super) attempt: String,
    pub(super) wait_ttl_ms: i64,
    pub(super) mode: Mode,
    pub(super) events: bool,
    /// When the caller gives the claim up, if it does.
    pub(super) until: Option<i64>,
}

/// How long a lease lasts at most until the process that waits for it has heard of the grant.
const UNHEARD_MS: i64 = 10_000;

/// How the caller of a claim waits if it is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It repeats the claim.
    Polling,
    /// It waits natively, in this process, and this is its first try. In a store that several processes have open, others
    /// may grant it.
    Entering { process: CompactString, shared: bool },
    /// It waits natively. If its queue entry is gone, another process has granted it, or its wait was ended on purpose.
    Staying,
    /// Another process waits natively, and this one grants.
    Granting,
}

impl Mode {
    const fn has_waited(&self) -> bool {
        matches!(self, Self::Staying | Self::Granting)
    }

    /// Where the claim is a message on its way, or a row, its run may be cancelled meanwhile.
    const fn checks_cancellation(&self) -> bool {
        matches!(self, Self::Granting | Self::Entering { shared: true, .. })
    }
}

/// The result of an attempt of a claim.
#[derive(Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Whether it was granted.
    pub status: ClaimStatus,
    /// Pools by whose state slots are reserved for another step: a change of one may end that.
    pub reserved_by: Vec<PoolId>,
}

impl ClaimRequest {
    /// None for a claim that only its own process may grant.
    fn terms(&self) -> Option<Terms> {
        let Mode::Entering { shared: true, .. } = self.mode else { return None };
        Some(Terms { attempt: self.attempt.clone(), lease_ms: self.lease_ms, events: self.events })
    }
}

impl Store {
    /// Claims slots in all of the pools, or in none. A claim that is not granted stays in the queue for `wait_ttl_ms`,
    /// and each repetition extends that. Fails with `Code::NotFound` if a pool is unknown, and with `Code::InvalidArg`
    /// if a weight is out of range.
    pub async fn claim_concurrency_slots(&self, claim: SlotClaim) -> Result<ClaimStatus> {
        Ok(self.claim(claim, Mode::Polling, false, None).await?.status)
    }

    /// With `events`, the step's events of waiting and of the claim are stored in the same transaction.
    /// After `until` it takes no effect where another process decides.
    pub(in crate::pools) async fn claim(
        &self,
        claim: SlotClaim,
        mode: Mode,
        events: bool,
        until: Option<i64>,
    ) -> Result<Claimed> {
        let pools = claim.merged()?.into_iter().map(|(pool, slots)| (self.pool_id(&pool), slots)).collect();
        let step = StepId::new(&claim.run_id, &claim.step_key);
        let SlotClaim { priority, lease_ms, attempt, wait_ttl_ms, .. } = claim;
        let (location, attempt) = (self.location.clone(), attempt.unwrap_or_default());
        self.transact_portable(ClaimRequest {
            location,
            step,
            pools,
            priority,
            lease_ms,
            attempt,
            wait_ttl_ms,
            mode,
            events,
            until,
        })
        .await
    }
}

pub(super) async fn claim_slots(tx: &mut Tx<'_>, request: &ClaimRequest) -> Result<Claimed> {
    let (now, now_micros) = (tx.now(), tx.now_micros());
    if request.mode.checks_cancellation() {
        let cancellation = key!(Table::Cancellation, request.step.run.as_str());
        if tx.get(&cancellation).await?.is_some() {
            return Err(cancelled(&request.step.run));
        }
    }
    let ids: Vec<PoolId> = request.pools.iter().map(|(id, _)| id.clone()).collect();
    let mut pool_tx = PoolTx::new(tx);
    pool_tx.load(std::slice::from_ref(&request.step), ids.iter()).await?;
    for id in &ids {
        if pool_tx.pool(id).await?.is_none() {
            return Err(unknown_pool(id));
        }
    }
    for id in &ids {
        pool_tx.sweep(id).await?;
    }
    let lease = pool_tx.live_lease(&request.step).await?;
    let waiter = pool_tx.live_waiter(&request.step).await?;
    let has_own_lease = lease.as_ref().is_some_and(|lease| lease.attempt == request.attempt);
    if request.mode.has_waited() && waiter.is_none() && !has_own_lease {
        return Err(Error::new(Code::Cancelled, "the place in the queue was removed before the grant"));
    }
    let minus_priority = if is_broken(Invariant::NoInversion) { 0 } else { -request.priority };
    let rank = match &waiter {
        // Also where the same step asked again in another location: native waits are called in the order of their
        // queue entries, so a wait that decided by another rank would keep those behind it from being called.
        Some(waiter) if request.mode.has_waited() => waiter.rank,
        Some(waiter) if waiter.location == request.location => Rank { minus_priority, ..waiter.rank },
        _ => Rank { minus_priority, since_micros: now_micros, order: pool_tx.tx.next_order() },
    };
    let weighed = weigh(&mut pool_tx, &request.step, &request.pools, lease.as_deref(), rank).await?;

    let Some(reason) = weighed.reason() else {
        for (id, place) in weighed.overtaken() {
            pool_tx.count_overtaking(id, place);
        }
        if let Some(waiter) = &waiter {
            pool_tx.remove_waiter(waiter).await?;
        }
        let process = match &request.mode {
            Mode::Entering { process, shared: true } => Some(process.clone()),
            _ => waiter.filter(|waiter| waiter.terms.is_some()).and_then(|waiter| waiter.process.clone()),
        };
        let grant = grant(&mut pool_tx, request, lease, process, now).await?;
        if request.events && !has_own_lease {
            events::claimed(pool_tx.tx, &request.location, &request.step, &request.pools).await?;
        }
        pool_tx.finish();
        return Ok(Claimed { status: ClaimStatus::Claimed(grant), reserved_by: Vec::new() });
    };

    // A native wait holds nothing, so native waits cannot deadlock.
    if request.mode != Mode::Polling && lease.is_some() {
        return Err(Error::conflict(format!(
            "step '{}' of run '{}' holds a lease and asks for more than fits: release it first",
            request.step.step, request.step.run
        )));
    }
    let position = match weighed.first_that_blocks() {
        Some(first) if request.mode == Mode::Polling => pool_tx.count_ahead(first, &request.step, rank).await? + 1,
        // A native wait does not show its position, and counting it reads all entries before it.
        _ => 0,
    };
    let (process, until) = match &request.mode {
        Mode::Polling => (None, now.saturating_add(request.wait_ttl_ms)),
        Mode::Entering { process, .. } => (Some(process.clone()), PROCESS_LIFE_MS),
        Mode::Staying | Mode::Granting => (None, PROCESS_LIFE_MS),
    };
    // A wait that stays leaves its queue entry as it is. The same step may have asked again in another location: two
    // waits that corrected each other's entry would do so for ever.
    if !request.mode.has_waited() {
        let waiting = Waiter {
            step: request.step.clone(),
            location: request.location.clone(),
            process,
            terms: request.terms(),
            rank,
            until,
            pools: request.pools.iter().map(|(id, slots)| (id.pool.clone(), *slots)).collect(),
            holds_until: lease.as_ref().map(|lease| lease.expires_at),
            ineligible: false,
        };
        pool_tx.put_waiter(waiter.as_deref(), waiting).await?;
        if request.events {
            events::waiting(pool_tx.tx, &request.location, &request.step, &reason).await?;
        }
    }
    pool_tx.finish();
    let reserved_by = if request.mode == Mode::Polling { Vec::new() } else { weighed.reserved_by() };
    Ok(Claimed { status: ClaimStatus::Pending { position, reason }, reserved_by })
}

/// The error of a wait whose run is to end.
pub fn cancelled(run_id: &str) -> Error {
    Error::new(Code::Cancelled, format!("the cancellation of run '{run_id}' was requested"))
}

async fn grant(
    pool_tx: &mut PoolTx<'_, '_>,
    request: &ClaimRequest,
    lease: Option<Arc<Lease>>,
    process: Option<CompactString>,
    now: i64,
) -> Result<Grant> {
    let mut floor = 0;
    let mut shortest = i64::MAX;
    for (id, _) in &request.pools {
        let pool = pool_tx.known(id).await?;
        floor = floor.max(pool.last_token);
        shortest = shortest.min(pool.lease_ms);
    }
    let attempt = request.attempt.clone();
    let is_same = |lease: &&Lease| lease.attempt == attempt && !is_broken(Invariant::ClaimTwiceIsOneLease);
    let same = lease.as_deref().filter(is_same);
    let renewed_token = same.map(|lease| lease.token);
    let process = process.or_else(|| same?.process.clone());
    let token = renewed_token.unwrap_or_else(|| match pool_tx.tx.last_token() {
        last @ 1.. if is_broken(Invariant::TokensIncrease) => last,
        _ => pool_tx.tx.next_token(floor),
    });
    debug_assert!(
        renewed_token.is_some() || token > floor || is_broken(Invariant::TokensIncrease),
        "token {token} after {floor}"
    );
    let duration = request.lease_ms.unwrap_or(shortest);
    let mut pools = lease.as_ref().map_or_else(Vec::new, |lease| lease.pools.clone());
    let taken = if is_broken(Invariant::AllOrNothing) { 1 } else { request.pools.len() };
    for (id, slots) in request.pools.iter().take(taken) {
        match pools.iter_mut().find(|(held, _)| held == id) {
            Some((_, held)) => *held = *slots,
            None => pools.push((id.clone(), *slots)),
        }
    }
    if renewed_token.is_none() {
        for (id, _) in &pools {
            pool_tx.set_last_token(id, token).await?;
        }
    }
    // The process that waits may be gone. If not, it renews the lease.
    let first = if request.mode == Mode::Granting { duration.min(UNHEARD_MS) } else { duration };
    let expires_at = now.saturating_add(first);
    let step = request.step.clone();
    let granted = Lease { step, token, attempt, process, claimed_at: now, expires_at, duration, pools };
    debug_assert!(granted.expires_at >= now, "a lease expires after its grant: {granted:?}");
    pool_tx.put_lease(lease.as_deref(), granted).await?;
    if cfg!(debug_assertions) && !is_broken(Invariant::UseWithinLimit) {
        for (id, slots) in &request.pools {
            let held = lease.as_ref().map_or(0, |lease| lease.held(id));
            let Pool { limit, used, .. } = *pool_tx.known(id).await?;
            debug_assert!(*slots <= held || fits(limit, used, 0), "pool '{}': {used} of {limit} slots", id.pool);
        }
    }
    Ok(Grant { token, expires_at })
}
