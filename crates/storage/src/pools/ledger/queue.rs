//! The queue of a pool, as it is in this transaction: who is in it, and who is its head.

use super::super::decide::{Head, OVERTAKES, fits};
use super::super::rows::{Place, Pool, PoolId, Rank, StepId, Waiter, place_key, queue_aside, queue_from};
use super::Ledger;
use crate::error::Result;
use crate::mutant::{self, Mutant};
use crate::records::{Direction, Key};

impl Ledger<'_, '_> {
    /// After its limit changed: who asks for more than that steps aside, who no longer does comes back.
    pub async fn settle_queue(&mut self, id: &PoolId) -> Result<()> {
        if self.known(id).await?.pending == 0 {
            return Ok(());
        }
        for Place { step, pools, holds, aside, .. } in self.queue(id).await? {
            let stays = aside == (holds || !self.satisfiable(&id.location, &pools).await?);
            if !stays && let Some(waiter) = self.waiter(&step).await? {
                self.put_waiter(Some(&waiter), Waiter::clone(&waiter)).await?;
            }
        }
        Ok(())
    }

    /// Everybody in the pool's queue, in its order.
    pub async fn queue(&mut self, id: &PoolId) -> Result<Vec<Place>> {
        let front = self.known(id).await?.front;
        let mut places = Vec::new();
        for part in [queue_from(id, front), queue_aside(id)] {
            places.extend(self.tx.scan(&part, Direction::Forward, usize::MAX).await?);
        }
        let mut places: Vec<Place> = places.into_iter().map(Place::from_row).collect::<Result<_>>()?;
        places.retain(|place| !self.is_gone(&place.step));
        places.sort_by(|one, other| (one.rank, &one.step).cmp(&(other.rank, &other.step)));
        Ok(places)
    }

    fn is_gone(&self, step: &StepId) -> bool {
        matches!(self.waiters.get(step), Some(None))
    }

    /// How many are ahead of `rank` in the pool's queue.
    pub async fn count_ahead(&mut self, id: &PoolId, me: &StepId, rank: Rank) -> Result<usize> {
        // Nobody is before the front, nor is there a range from it to somebody before it.
        let front = self.known(id).await?.front.min(rank.into());
        let mut count = 0;
        for (part, aside) in [(queue_from(id, front), false), (queue_aside(id), true)] {
            if aside && mutant::makes(Mutant::ExactPosition) {
                continue;
            }
            let ahead = part.before(place_key(id, aside, rank, me));
            for row in self.tx.scan(&ahead, Direction::Forward, usize::MAX).await? {
                let place = Place::from_row(row)?;
                count += usize::from(place.step != *me && !self.is_gone(&place.step));
            }
        }
        Ok(count)
    }

    /// The head of the pool's queue, if it is ahead of `rank`.
    pub async fn head(&mut self, id: &PoolId, me: &StepId, rank: Rank) -> Result<Option<(Place, Head)>> {
        let Pool { pending, front, .. } = *self.known(id).await?;
        if pending == 0 || front > rank.into() {
            return Ok(None);
        }
        let stored = self.first_stored(id, me, rank).await?;
        let known = self.first_known(id, me, rank);
        let ahead = |place: &Place| (place.rank, place.step.clone());
        let first = match (stored, known) {
            (Some(stored), Some(known)) => Some(if ahead(&known) < ahead(&stored) { known } else { stored }),
            (stored, known) => stored.or(known),
        };
        let Some(place) = first else { return Ok(None) };
        let head = self.as_head(id, &place).await?;
        Ok(Some((place, head)))
    }

    async fn first_stored(&mut self, id: &PoolId, me: &StepId, rank: Rank) -> Result<Option<Place>> {
        let front = self.known(id).await?.front;
        let range = queue_from(id, front).before(place_key(id, false, rank, me));
        // More than one only where the first is this step itself, or left in this transaction.
        let mut page = 1;
        loop {
            let rows = self.tx.scan(&range, Direction::Forward, page).await?;
            let are_all = rows.len() < page;
            let mut places: Vec<Place> = rows.into_iter().map(Place::from_row).collect::<Result<_>>()?;
            places.retain(|place| !self.is_gone(&place.step));
            if let Some(first) = places.first().map(|place| place.rank).or_else(|| are_all.then_some(rank)) {
                // Nobody comes before whoever comes first, also for those who look later.
                let known = self.eligible_in(id).map(|waiter| waiter.rank).min();
                let front = first.min(known.unwrap_or(rank));
                if let Some(pool) = &mut self.account(id).await?.pool {
                    pool.front = pool.front.max(front.into());
                }
            }
            let first = places.into_iter().find(|place| place.step != *me);
            if first.is_some() || are_all {
                return Ok(first);
            }
            page *= 8;
        }
    }

    /// Of those whose place may be new in this transaction, which no scan shows yet.
    fn first_known(&self, id: &PoolId, me: &StepId, rank: Rank) -> Option<Place> {
        let ahead =
            self.eligible_in(id).filter(|waiter| waiter.step != *me && (waiter.rank, &waiter.step) < (rank, me));
        ahead.min_by(|one, other| (one.rank, &one.step).cmp(&(other.rank, &other.step))).map(|waiter| waiter.place(0))
    }

    fn eligible_in<'l>(&'l self, id: &'l PoolId) -> impl Iterator<Item = &'l Waiter> {
        self.waiting_in(id).filter(|waiter| !waiter.aside)
    }

    /// Who is known to this transaction.
    pub fn waiting_in<'l>(&'l self, id: &'l PoolId) -> impl Iterator<Item = &'l Waiter> {
        let waiters = self.waiters.values().flatten().map(AsRef::as_ref);
        waiters.filter(|waiter| waiter.pool_ids().any(|(pool, _)| pool == *id))
    }

    async fn as_head(&mut self, id: &PoolId, place: &Place) -> Result<Head> {
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
        let overtaken = if mutant::makes(Mutant::BoundedOvertaking) { 0 } else { place.overtaken };
        let is_kept_for = overtaken >= OVERTAKES && self.are_kept_for(place, &blocking).await?;
        Ok(Head { slots: wanted, fits: blocking.is_empty(), overtaken, is_kept_for })
    }

    async fn are_kept_for(&self, head: &Place, pools: &[PoolId]) -> Result<bool> {
        let places: Vec<Key> = pools.iter().map(|id| place_key(id, false, head.rank, &head.step)).collect();
        for row in self.tx.get_many(&places).await? {
            // One that moved in this transaction was not overtaken since.
            let overtaken = row.map(Place::from_row).transpose()?.map_or(0, |place| place.overtaken);
            if overtaken < OVERTAKES {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn count_overtaking(&mut self, id: &PoolId, place: Place) {
        let place = Place { overtaken: place.overtaken + 1, ..place };
        self.tx.set(place_key(id, false, place.rank, &place.step), place.to_row());
    }
}
