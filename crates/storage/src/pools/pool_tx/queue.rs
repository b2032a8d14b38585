//! The queue of a pool, as it is in this transaction: its entries, and its head.

use std::collections::BTreeSet;

use compact_str::CompactString;

use super::super::decide::{Head, OVERTAKES, fits};
use super::super::rows::{Pool, PoolId, QueueEntry, Rank, StepId, Waiter, queue_from, queue_ineligible, queue_key};
use super::PoolTx;
use crate::error::Result;
use crate::invariant::{Invariant, is_broken};
use crate::records::{Direction, Key, Scan};

/// The head is the first entry that is not the asking step's own.
const FIRST_ENTRIES: usize = 2;

impl PoolTx<'_, '_> {
    /// After the limit changed: an entry that asks for more than a limit becomes ineligible, one that no longer does
    /// becomes eligible.
    pub async fn settle_queue(&mut self, id: &PoolId) -> Result<()> {
        if self.known(id).await?.pending == 0 {
            return Ok(());
        }
        let entries = self.queue(id).await?;
        self.load_pools_of(id, &entries).await?;
        let mut moving = Vec::new();
        for QueueEntry { step, pools, holds, ineligible, .. } in entries {
            if ineligible != (holds || !self.satisfiable(&id.location, &pools).await?) {
                moving.push(step);
            }
        }
        self.load(&moving, std::iter::empty()).await?;
        for step in moving {
            if let Some(waiter) = self.waiter(&step).await? {
                self.put_waiter(Some(&waiter), Waiter::clone(&waiter)).await?;
            }
        }
        Ok(())
    }

    /// Reads in one call the pools that the entries of the pool's queue name. Returns those pools.
    pub async fn load_pools_of(&mut self, id: &PoolId, entries: &[QueueEntry]) -> Result<Vec<PoolId>> {
        let named: BTreeSet<&CompactString> =
            entries.iter().flat_map(|entry| &entry.pools).map(|(pool, _)| pool).collect();
        let pools: Vec<PoolId> =
            named.into_iter().map(|pool| PoolId { location: id.location.clone(), pool: pool.clone() }).collect();
        self.load(&[], pools.iter()).await?;
        Ok(pools)
    }

    /// Reads in one call the first entries of the queues, for `head`.
    pub async fn load_heads(&mut self, pools: &[PoolId]) -> Result<()> {
        let hints = pools.iter().filter_map(|id| Some((id, self.read_pool(id)?))).filter(|(_, pool)| pool.pending > 0);
        let (ids, scans): (Vec<&PoolId>, Vec<Scan>) =
            hints.map(|(id, pool)| (id, Scan { range: queue_from(id, pool.head_hint), limit: FIRST_ENTRIES })).unzip();
        if scans.is_empty() {
            return Ok(());
        }
        for (id, rows) in ids.into_iter().zip(self.tx.scan_many(&scans).await?) {
            let are_all = rows.len() < FIRST_ENTRIES;
            let entries = rows.into_iter().map(QueueEntry::from_row).collect::<Result<_>>()?;
            self.first_entries.insert(id.clone(), (entries, are_all));
        }
        Ok(())
    }

    /// All entries of the pool's queue, in its order.
    pub async fn queue(&mut self, id: &PoolId) -> Result<Vec<QueueEntry>> {
        let head_hint = self.known(id).await?.head_hint;
        let parts = [queue_from(id, head_hint), queue_ineligible(id)].map(Scan::all);
        let places = self.tx.scan_many(&parts).await?.into_iter().flatten();
        let mut places: Vec<QueueEntry> = places.map(QueueEntry::from_row).collect::<Result<_>>()?;
        places.retain(|place| !self.is_gone(&place.step));
        places.sort_by(|one, other| (one.rank, &one.step).cmp(&(other.rank, &other.step)));
        Ok(places)
    }

    fn is_gone(&self, step: &StepId) -> bool {
        matches!(self.waiters.get(step), Some(None))
    }

    /// How many entries are before `rank` in the pool's queue.
    pub async fn count_ahead(&mut self, id: &PoolId, me: &StepId, rank: Rank) -> Result<usize> {
        // A range must not begin after its end, and no entry is before the hint.
        let head_hint = self.known(id).await?.head_hint.min(rank.into());
        let mut count = 0;
        let mut parts = vec![Scan::all(queue_from(id, head_hint).before(queue_key(id, false, rank, me)))];
        if !is_broken(Invariant::ExactPosition) {
            parts.push(Scan::all(queue_ineligible(id).before(queue_key(id, true, rank, me))));
        }
        for row in self.tx.scan_many(&parts).await?.into_iter().flatten() {
            let place = QueueEntry::from_row(row)?;
            count += usize::from(place.step != *me && !self.is_gone(&place.step));
        }
        Ok(count)
    }

    /// The head of the pool's queue, if it is before `rank`.
    pub async fn head(&mut self, id: &PoolId, me: &StepId, rank: Rank) -> Result<Option<(QueueEntry, Head)>> {
        let Pool { pending, head_hint, .. } = *self.known(id).await?;
        if pending == 0 || head_hint > rank.into() {
            return Ok(None);
        }
        let stored = self.first_stored(id, me, rank).await?;
        let known = self.first_known(id, me, rank);
        let ahead = |place: &QueueEntry| (place.rank, place.step.clone());
        let first = match (stored, known) {
            (Some(stored), Some(known)) => Some(if ahead(&known) < ahead(&stored) { known } else { stored }),
            (stored, known) => stored.or(known),
        };
        let Some(place) = first else { return Ok(None) };
        let head = self.as_head(id, &place).await?;
        Ok(Some((place, head)))
    }

    async fn first_stored(&mut self, id: &PoolId, me: &StepId, rank: Rank) -> Result<Option<QueueEntry>> {
        if let Some((entries, are_all)) = self.first_entries.get(id) {
            let first = entries.iter().find(|entry| entry.step != *me && !self.is_gone(&entry.step));
            if first.is_some() || *are_all {
                return Ok(first.filter(|entry| (entry.rank, &entry.step) < (rank, me)).cloned());
            }
        }
        let head_hint = self.known(id).await?.head_hint;
        let range = queue_from(id, head_hint).before(queue_key(id, false, rank, me));
        // One row is enough, unless the first is this step's own or was removed in this transaction.
        let mut page = 1;
        loop {
            let rows = self.tx.scan(&range, Direction::Forward, page).await?;
            let are_all = rows.len() < page;
            let mut places: Vec<QueueEntry> = rows.into_iter().map(QueueEntry::from_row).collect::<Result<_>>()?;
            places.retain(|place| !self.is_gone(&place.step));
            if let Some(first) = places.first().map(|place| place.rank).or_else(|| are_all.then_some(rank)) {
                // Later searches can begin at the first entry that was found.
                let known = self.eligible_in(id).map(|waiter| waiter.rank).min();
                let head_hint = first.min(known.unwrap_or(rank));
                if let Some(pool) = &mut self.entry(id).await?.pool {
                    pool.head_hint = pool.head_hint.max(head_hint.into());
                }
            }
            let first = places.into_iter().find(|place| place.step != *me);
            if first.is_some() || are_all {
                return Ok(first);
            }
            page *= 8;
        }
    }

    /// The first among the entries of this transaction, which a scan does not show yet.
    fn first_known(&self, id: &PoolId, me: &StepId, rank: Rank) -> Option<QueueEntry> {
        let ahead =
            self.eligible_in(id).filter(|waiter| waiter.step != *me && (waiter.rank, &waiter.step) < (rank, me));
        ahead.min_by(|one, other| (one.rank, &one.step).cmp(&(other.rank, &other.step))).map(|waiter| waiter.entry(0))
    }

    fn eligible_in<'l>(&'l self, id: &'l PoolId) -> impl Iterator<Item = &'l Waiter> {
        self.waiting_in(id).filter(|waiter| !waiter.ineligible)
    }

    /// The waiters that this transaction has read or written.
    pub fn waiting_in<'l>(&'l self, id: &'l PoolId) -> impl Iterator<Item = &'l Waiter> {
        let waiters = self.waiters.values().flatten().map(AsRef::as_ref);
        waiters.filter(|waiter| waiter.pool_ids().any(|(pool, _)| pool == *id))
    }

    async fn as_head(&mut self, id: &PoolId, place: &QueueEntry) -> Result<Head> {
        self.load_pools_of(id, std::slice::from_ref(place)).await?;
        let mut wanted = 0;
        let mut blocking = Vec::new();
        for (pool, slots) in &place.pools {
            let other = PoolId { location: id.location.clone(), pool: pool.clone() };
            self.sweep(&other).await?;
            let Pool { limit, used, .. } = *self.known(&other).await?;
            if other == *id {
                wanted = *slots;
            }
            if !fits(limit, used, *slots) {
                blocking.push(other);
            }
        }
        let overtaken = if is_broken(Invariant::BoundedOvertaking) { 0 } else { place.overtaken };
        let is_reserved_for = overtaken >= OVERTAKES && self.are_reserved_for(place, &blocking).await?;
        Ok(Head { slots: wanted, fits: blocking.is_empty(), overtaken, is_reserved_for })
    }

    async fn are_reserved_for(&self, head: &QueueEntry, pools: &[PoolId]) -> Result<bool> {
        let places: Vec<Key> = pools.iter().map(|id| queue_key(id, false, head.rank, &head.step)).collect();
        for row in self.tx.get_many(&places).await? {
            // An entry that moved in this transaction was not overtaken since.
            let overtaken = row.map(QueueEntry::from_row).transpose()?.map_or(0, |place| place.overtaken);
            if overtaken < OVERTAKES {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn count_overtaking(&mut self, id: &PoolId, place: QueueEntry) {
        let place = QueueEntry { overtaken: place.overtaken + 1, ..place };
        self.tx.set(queue_key(id, false, place.rank, &place.step), place.to_row());
    }
}
