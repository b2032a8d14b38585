//! The pool transaction: the pools, leases and waiters that it read, with its changes. All counts
//! change here, together with the rows that they count.

mod load;
mod queue;

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::decide::satisfiable;
use super::rows::{
    HeadHint, Lease, Pool, PoolId, QueueEntry, StepId, Waiter, end_from, ending_within, lease_key, place_end_key,
    pool_key, slot_key, waiter_key,
};
use crate::error::{Error, Result};
use crate::invariant::{Invariant, is_broken};
use crate::records::{Scan, Table, Tx};

pub struct PoolTx<'t, 'r> {
    pub tx: &'t mut Tx<'r>,
    now: i64,
    pools: Vec<PoolEntry>,
    leases: BTreeMap<StepId, Option<Arc<Lease>>>,
    waiters: BTreeMap<StepId, Option<Arc<Waiter>>>,
    /// The first stored entries of queues, and whether they are all eligible ones.
    first_entries: BTreeMap<PoolId, (Vec<QueueEntry>, bool)>,
    /// Slots whose lease ended and that were removed.
    pub swept: usize,
}

struct PoolEntry {
    id: PoolId,
    pool: Option<Pool>,
    swept: bool,
    changed: bool,
}

/// How far a sweep looks for what ends next.
const LOOK_AHEAD_MS: i64 = 1000;

impl<'t, 'r> PoolTx<'t, 'r> {
    pub const fn new(tx: &'t mut Tx<'r>) -> Self {
        let now = tx.now();
        Self {
            tx,
            now,
            pools: Vec::new(),
            leases: BTreeMap::new(),
            waiters: BTreeMap::new(),
            first_entries: BTreeMap::new(),
            swept: 0,
        }
    }

    async fn entry(&mut self, id: &PoolId) -> Result<&mut PoolEntry> {
        let at = match self.pools.iter().position(|entry| entry.id == *id) {
            Some(at) => at,
            None => {
                let row = self.tx.get(&pool_key(id)).await?;
                let pool = row.map(|mut row| Pool::from_row(&mut row)).transpose()?;
                self.pools.push(PoolEntry { id: id.clone(), pool, swept: false, changed: false });
                self.pools.len() - 1
            }
        };
        Ok(&mut self.pools[at])
    }

    pub async fn pool(&mut self, id: &PoolId) -> Result<Option<&Pool>> {
        Ok(self.entry(id).await?.pool.as_ref())
    }

    /// A pool that must be there, because something refers to it.
    pub async fn known(&mut self, id: &PoolId) -> Result<&Pool> {
        self.pool(id).await?.ok_or_else(|| missing(id))
    }

    async fn change(&mut self, id: &PoolId) -> Result<&mut Pool> {
        let entry = self.entry(id).await?;
        entry.changed = true;
        entry.pool.as_mut().ok_or_else(|| missing(id))
    }

    pub async fn set_last_token(&mut self, id: &PoolId, token: i64) -> Result<()> {
        self.change(id).await?.last_token = token;
        Ok(())
    }

    pub async fn put_pool(&mut self, id: &PoolId, pool: Pool) -> Result<()> {
        let entry = self.entry(id).await?;
        entry.pool = Some(pool);
        entry.changed = true;
        Ok(())
    }

    pub async fn lease(&mut self, step: &StepId) -> Result<Option<Arc<Lease>>> {
        if let Some(lease) = self.leases.get(step) {
            return Ok(lease.clone());
        }
        let lease = self.tx.get(&lease_key(step)).await?.map(Lease::from_row).transpose()?.map(Arc::new);
        self.leases.insert(step.clone(), lease.clone());
        Ok(lease)
    }

    pub async fn waiter(&mut self, step: &StepId) -> Result<Option<Arc<Waiter>>> {
        if let Some(waiter) = self.waiters.get(step) {
            return Ok(waiter.clone());
        }
        let waiter = self.tx.get(&waiter_key(step)).await?.map(Waiter::from_row).transpose()?.map(Arc::new);
        self.waiters.insert(step.clone(), waiter.clone());
        Ok(waiter)
    }

    /// The step's lease if it is live. An expired one is removed.
    pub async fn live_lease(&mut self, step: &StepId) -> Result<Option<Arc<Lease>>> {
        match self.lease(step).await? {
            Some(lease) if !lease.is_live(self.now) => {
                self.swept += self.remove_lease(&lease).await?;
                Ok(None)
            }
            lease => Ok(lease),
        }
    }

    /// The step's pending claim if its queue entries are live. An expired one is removed.
    pub async fn live_waiter(&mut self, step: &StepId) -> Result<Option<Arc<Waiter>>> {
        match self.waiter(step).await? {
            Some(waiter) if waiter.until <= self.now => {
                self.remove_waiter(&waiter).await?;
                Ok(None)
            }
            waiter => Ok(waiter),
        }
    }

    /// Removes the slots and queue entries of the pool that expired, so that its counts are exact.
    pub async fn sweep(&mut self, id: &PoolId) -> Result<()> {
        let now = self.now;
        let entry = self.entry(id).await?;
        if std::mem::replace(&mut entry.swept, true) {
            return Ok(());
        }
        let Some(Pool { used, pending, next_expiry_hint, .. }) = entry.pool else { return Ok(()) };
        if next_expiry_hint > now {
            return Ok(());
        }
        let waits = pending > 0 && !is_broken(Invariant::DeadWaitersVanish);
        let [holding, waiting] = self.expired(id, next_expiry_hint, [used > 0, waits]).await?;
        self.load(&holding, std::iter::empty()).await?;
        self.load(&waiting, std::iter::empty()).await?;
        let pools = self.pools_of(&holding, &waiting);
        self.load(&[], pools.iter()).await?;
        for step in &holding {
            self.live_lease(step).await?;
        }
        for step in &waiting {
            if self.live_waiter(step).await?.is_some() {
                // The entry expired because the step's lease did, in whichever pools that is.
                self.live_lease(step).await?;
            }
        }
        self.update_expiry_hint(id).await
    }

    /// The steps whose slots in the pool have expired, and those whose queue entries have; each only where it `may`.
    async fn expired(&self, id: &PoolId, since: i64, may: [bool; 2]) -> Result<[Vec<StepId>; 2]> {
        let tables = [Table::Slot, Table::PlaceEnd];
        let wanted = tables.into_iter().zip(may).filter(|(_, may)| *may);
        let scans: Vec<Scan> = wanted.map(|(table, _)| Scan::all(ending_within(table, id, since, self.now))).collect();
        let mut found = if scans.is_empty() { Vec::new() } else { self.tx.scan_many(&scans).await? }.into_iter();
        let mut steps = [Vec::new(), Vec::new()];
        for (steps, _) in steps.iter_mut().zip(may).filter(|(_, may)| *may) {
            let expired: Vec<(StepId, i64)> =
                found.next().unwrap_or_default().into_iter().map(end_from).collect::<Result<_>>()?;
            debug_assert!(expired.is_sorted_by_key(|(_, end)| *end), "a scan is in the order of its keys");
            *steps = expired.into_iter().map(|(step, _)| step).collect();
        }
        Ok(steps)
    }

    /// The pools of what the steps hold and wait for, as far as it was read.
    fn pools_of(&self, holding: &[StepId], waiting: &[StepId]) -> Vec<PoolId> {
        let leases = holding.iter().chain(waiting).filter_map(|step| self.leases.get(step)?.as_ref());
        let waiters = holding.iter().chain(waiting).filter_map(|step| self.waiters.get(step)?.as_ref());
        let held = leases.flat_map(|lease| lease.pools.iter().map(|(id, _)| id.clone()));
        held.chain(waiters.flat_map(|waiter| waiter.pool_ids().map(|(id, _)| id))).collect()
    }

    /// Finds the next expiry in the pool after a sweep. It looks a little ahead only: a later expiry may
    /// lie behind the marks of many deleted rows.
    async fn update_expiry_hint(&mut self, id: &PoolId) -> Result<()> {
        let Pool { used, pending, .. } = *self.known(id).await?;
        let ahead = self.now.saturating_add(LOOK_AHEAD_MS);
        let mut next_expiry_hint = if used > 0 || pending > 0 { ahead } else { i64::MAX };
        let counts = [(Table::Slot, used), (Table::PlaceEnd, pending)].into_iter().filter(|(_, count)| *count > 0);
        let next = |table| ending_within(table, id, self.now.saturating_add(1), ahead);
        let scans: Vec<Scan> = counts.map(|(table, _)| Scan { range: next(table), limit: 1 }).collect();
        let found = if scans.is_empty() { Vec::new() } else { self.tx.scan_many(&scans).await? };
        for row in found.into_iter().flatten() {
            next_expiry_hint = next_expiry_hint.min(end_from(row)?.1);
        }
        // A scan does not show the rows that this transaction writes.
        let now = self.now;
        next_expiry_hint = self.known_ends(id).filter(|end| *end > now).fold(next_expiry_hint, i64::min);
        let entry = self.entry(id).await?;
        if let Some(pool) = &mut entry.pool {
            // Only a hint that is long past is worth a write of its own.
            entry.changed |= now.saturating_sub(pool.next_expiry_hint) >= LOOK_AHEAD_MS;
            pool.next_expiry_hint = next_expiry_hint;
        }
        Ok(())
    }

    fn known_ends<'l>(&'l self, id: &'l PoolId) -> impl Iterator<Item = i64> + 'l {
        let leases = self.leases.values().flatten().filter(|lease| lease.held(id) > 0).map(|lease| lease.expires_at);
        leases.chain(self.waiting_in(id).filter_map(Waiter::ends_at))
    }

    /// A slot or a queue entry of the pool expires at this time.
    async fn note_expiry(&mut self, id: &PoolId, at: i64) -> Result<()> {
        if self.known(id).await?.next_expiry_hint > at {
            self.change(id).await?.next_expiry_hint = at;
        }
        Ok(())
    }

    /// Removes the lease from all its pools. Returns how many slots it had.
    pub async fn remove_lease(&mut self, lease: &Lease) -> Result<usize> {
        self.load(&[], lease.pools.iter().map(|(id, _)| id)).await?;
        for (id, slots) in &lease.pools {
            self.change(id).await?.used -= slots;
            self.tx.delete(slot_key(id, lease.expires_at, &lease.step));
        }
        self.tx.delete(lease_key(&lease.step));
        self.leases.insert(lease.step.clone(), None);
        self.set_holds_until(&lease.step, None).await?;
        Ok(lease.pools.len())
    }

    /// Stores the lease in place of `before`, the lease that the step held. The new lease must name all pools of the
    /// old one.
    pub async fn put_lease(&mut self, before: Option<&Lease>, lease: Lease) -> Result<()> {
        if before == Some(&lease) {
            return Ok(());
        }
        if before.is_none_or(|before| before.expires_at > lease.expires_at) {
            self.load(&[], lease.pools.iter().map(|(id, _)| id)).await?;
        }
        for (id, slots) in &lease.pools {
            let held = before.map_or(0, |before| before.held(id));
            if held != *slots {
                self.change(id).await?.used += slots - held;
            }
            let ended = before.filter(|_| held > 0).map(|before| before.expires_at);
            if let Some(ended) = ended.filter(|ended| *ended != lease.expires_at) {
                self.tx.delete(slot_key(id, ended, &lease.step));
            }
            if ended.is_none_or(|ended| ended > lease.expires_at) {
                self.note_expiry(id, lease.expires_at).await?;
            }
            self.tx.set(slot_key(id, lease.expires_at, &lease.step), lease.slot_row(*slots));
        }
        self.tx.set(lease_key(&lease.step), lease.to_row());
        let (step, expires_at) = (lease.step.clone(), lease.expires_at);
        self.leases.insert(step.clone(), Some(Arc::new(lease)));
        self.set_holds_until(&step, Some(expires_at)).await
    }

    /// The lease that a waiting step holds expires at this time, or is gone.
    async fn set_holds_until(&mut self, step: &StepId, until: Option<i64>) -> Result<()> {
        if let Some(waiter) = self.waiter(step).await?.filter(|waiter| waiter.holds_until.is_some()) {
            self.put_waiter(Some(&waiter), Waiter { holds_until: until, ..Waiter::clone(&waiter) }).await?;
        }
        Ok(())
    }

    pub async fn remove_waiter(&mut self, waiter: &Waiter) -> Result<()> {
        for (id, _) in waiter.pool_ids() {
            let pool = self.change(&id).await?;
            pool.pending -= 1;
            if pool.pending == 0 {
                pool.head_hint = HeadHint::NONE;
            }
            self.tx.delete(waiter.queue_key(&id));
            self.remove_end(&id, waiter);
        }
        self.tx.delete(waiter_key(&waiter.step));
        self.waiters.insert(waiter.step.clone(), None);
        Ok(())
    }

    /// Puts the waiter into its queues. A waiter that asks for the same again keeps its entries and their rank.
    pub async fn put_waiter(&mut self, before: Option<&Waiter>, waiter: Waiter) -> Result<()> {
        let ineligible = waiter.holds_until.is_some() || !self.satisfiable(&waiter.location, &waiter.pools).await?;
        let waiter = Waiter { ineligible, ..waiter };
        if before == Some(&waiter) {
            return Ok(());
        }
        let same = before.is_some_and(|before| waiter.stays(before));
        if let Some(before) = before.filter(|_| !same) {
            self.remove_waiter(before).await?;
        }
        for (id, _) in waiter.pool_ids() {
            match before.filter(|_| same) {
                Some(before) => self.remove_end(&id, before),
                None => {
                    let pool = self.change(&id).await?;
                    pool.pending += 1;
                    if !waiter.ineligible {
                        pool.head_hint = pool.head_hint.min(waiter.rank.into());
                    }
                    self.tx.set(waiter.queue_key(&id), waiter.entry(0).to_row());
                }
            }
            if let Some(end) = waiter.ends_at() {
                self.note_expiry(&id, end).await?;
                self.tx.set(place_end_key(&id, end, &waiter.step), waiter.end_row(end));
            }
        }
        self.tx.set(waiter_key(&waiter.step), waiter.to_row());
        self.waiters.insert(waiter.step.clone(), Some(Arc::new(waiter)));
        Ok(())
    }

    fn remove_end(&mut self, id: &PoolId, waiter: &Waiter) {
        if let Some(end) = waiter.ends_at() {
            self.tx.delete(place_end_key(id, end, &waiter.step));
        }
    }

    async fn satisfiable(&mut self, location: &str, pools: &[(CompactString, i64)]) -> Result<bool> {
        for (pool, slots) in pools {
            let id = PoolId { location: location.into(), pool: pool.clone() };
            if !satisfiable(self.known(&id).await?.limit, *slots) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn finish(self) {
        for entry in self.pools.into_iter().filter(|entry| entry.changed) {
            if let Some(pool) = entry.pool {
                debug_assert!(pool.used >= 0 && pool.pending >= 0, "the counts of pool '{}': {pool:?}", entry.id.pool);
                self.tx.set(pool_key(&entry.id), pool.to_row(&entry.id));
            }
        }
    }
}

fn missing(id: &PoolId) -> Error {
    Error::corrupt(format!(
        "a lease or a waiter names the pool '{}' of '{}', which has no record",
        id.pool, id.location
    ))
}
