//! The books of one transaction: pools, leases and waiters as they were read, with what the
//! transaction changes. All counts change here, together with the rows they count.

use super::decide::{Head, fits, satisfiable};
use super::rows::{
    Lease, Place, Pool, PoolId, Rank, StepId, Waiter, end_from, ended, lease_key, place_end_key, place_key, pool_key,
    queue_of, slot_key, waiter_key,
};
use crate::error::{Error, Result};
use crate::records::{Direction, Key, Table, Tx};

pub struct Ledger<'t, 'r> {
    pub tx: &'t mut Tx<'r>,
    now: i64,
    pools: Vec<Account>,
    leases: Vec<(StepId, Option<Lease>)>,
    waiters: Vec<(StepId, Option<Waiter>)>,
    /// Slots whose lease ended and that were removed.
    pub swept: usize,
}

struct Account {
    id: PoolId,
    pool: Option<Pool>,
    swept: bool,
    changed: bool,
}

/// How many places of a queue are read at once to find its head: nearly always the first one is.
const HEAD_PAGE: usize = 8;

impl<'t, 'r> Ledger<'t, 'r> {
    pub const fn new(tx: &'t mut Tx<'r>) -> Self {
        let now = tx.now();
        Self { tx, now, pools: Vec::new(), leases: Vec::new(), waiters: Vec::new(), swept: 0 }
    }

    /// Reads at once what a claim of the step on these pools needs.
    pub async fn load(&mut self, step: &StepId, pools: &[PoolId]) -> Result<()> {
        let steps = [lease_key(step), waiter_key(step)];
        let keys: Vec<Key> = steps.into_iter().chain(pools.iter().map(pool_key)).collect();
        let mut rows = self.tx.get_many(&keys).await?.into_iter();
        let lease = rows.next().flatten().map(Lease::from_row).transpose()?;
        let waiter = rows.next().flatten().map(Waiter::from_row).transpose()?;
        self.leases.push((step.clone(), lease));
        self.waiters.push((step.clone(), waiter));
        for (id, row) in pools.iter().zip(rows) {
            let pool = row.map(|mut row| Pool::from_row(&mut row)).transpose()?;
            self.pools.push(Account { id: id.clone(), pool, swept: false, changed: false });
        }
        Ok(())
    }

    async fn account(&mut self, id: &PoolId) -> Result<&mut Account> {
        let at = match self.pools.iter().position(|account| account.id == *id) {
            Some(at) => at,
            None => {
                let row = self.tx.get(&pool_key(id)).await?;
                let pool = row.map(|mut row| Pool::from_row(&mut row)).transpose()?;
                self.pools.push(Account { id: id.clone(), pool, swept: false, changed: false });
                self.pools.len() - 1
            }
        };
        Ok(&mut self.pools[at])
    }

    pub async fn pool(&mut self, id: &PoolId) -> Result<Option<&Pool>> {
        Ok(self.account(id).await?.pool.as_ref())
    }

    /// A pool that must be there, because something refers to it.
    pub async fn known(&mut self, id: &PoolId) -> Result<&Pool> {
        self.pool(id).await?.ok_or_else(|| missing(id))
    }

    async fn change(&mut self, id: &PoolId) -> Result<&mut Pool> {
        let account = self.account(id).await?;
        account.changed = true;
        account.pool.as_mut().ok_or_else(|| missing(id))
    }

    pub async fn set_last_token(&mut self, id: &PoolId, token: i64) -> Result<()> {
        self.change(id).await?.last_token = token;
        Ok(())
    }

    pub async fn put_pool(&mut self, id: &PoolId, pool: Pool) -> Result<()> {
        let account = self.account(id).await?;
        account.pool = Some(pool);
        account.changed = true;
        Ok(())
    }

    pub async fn lease(&mut self, step: &StepId) -> Result<Option<Lease>> {
        if let Some((_, lease)) = self.leases.iter().find(|(known, _)| known == step) {
            return Ok(lease.clone());
        }
        let lease = self.tx.get(&lease_key(step)).await?.map(Lease::from_row).transpose()?;
        self.leases.push((step.clone(), lease.clone()));
        Ok(lease)
    }

    pub async fn waiter(&mut self, step: &StepId) -> Result<Option<Waiter>> {
        if let Some((_, waiter)) = self.waiters.iter().find(|(known, _)| known == step) {
            return Ok(waiter.clone());
        }
        let waiter = self.tx.get(&waiter_key(step)).await?.map(Waiter::from_row).transpose()?;
        self.waiters.push((step.clone(), waiter.clone()));
        Ok(waiter)
    }

    /// The step's lease if it is live; one that ended is removed.
    pub async fn live_lease(&mut self, step: &StepId) -> Result<Option<Lease>> {
        match self.lease(step).await? {
            Some(lease) if !lease.is_live(self.now) => {
                self.swept += self.remove_lease(&lease).await?;
                Ok(None)
            }
            lease => Ok(lease),
        }
    }

    /// The step's place in the queues if it still has one; one that ended is removed.
    pub async fn live_waiter(&mut self, step: &StepId) -> Result<Option<Waiter>> {
        match self.waiter(step).await? {
            Some(waiter) if waiter.until <= self.now => {
                self.remove_waiter(&waiter).await?;
                Ok(None)
            }
            waiter => Ok(waiter),
        }
    }

    /// Removes what ended in the pool, so that its counts are those of the living.
    pub async fn sweep(&mut self, id: &PoolId) -> Result<()> {
        let account = self.account(id).await?;
        if std::mem::replace(&mut account.swept, true) {
            return Ok(());
        }
        let Some(Pool { used, pending, .. }) = account.pool else { return Ok(()) };
        if used > 0 {
            for step in self.ended(Table::Slot, id).await? {
                self.live_lease(&step).await?;
            }
        }
        if pending > 0 {
            for step in self.ended(Table::PlaceEnd, id).await? {
                self.live_waiter(&step).await?;
            }
        }
        Ok(())
    }

    async fn ended(&self, table: Table, id: &PoolId) -> Result<Vec<StepId>> {
        let rows = self.tx.scan(&ended(table, id, self.now), Direction::Forward, usize::MAX).await?;
        rows.into_iter().map(|row| Ok(end_from(row)?.0)).collect()
    }

    /// Removes the lease from all its pools. Returns how many slots it had.
    pub async fn remove_lease(&mut self, lease: &Lease) -> Result<usize> {
        for (id, slots) in &lease.pools {
            self.change(id).await?.used -= slots;
            self.tx.delete(slot_key(id, lease.expires_at, &lease.step));
        }
        self.tx.delete(lease_key(&lease.step));
        remember(&mut self.leases, &lease.step, None);
        Ok(lease.pools.len())
    }

    /// Stores the lease in place of what the step held before.
    pub async fn put_lease(&mut self, before: Option<&Lease>, lease: Lease) -> Result<()> {
        for (id, slots) in &lease.pools {
            let held = before.map_or(0, |before| before.held(id));
            if held != *slots {
                self.change(id).await?.used += slots - held;
            }
        }
        self.write_lease(before, &lease);
        remember(&mut self.leases, &lease.step.clone(), Some(lease));
        Ok(())
    }

    /// Rows of a lease whose pools and weights do not change the counts.
    pub fn write_lease(&mut self, before: Option<&Lease>, lease: &Lease) {
        for (id, slots) in &lease.pools {
            if let Some(before) = before.filter(|before| before.expires_at != lease.expires_at && before.held(id) > 0) {
                self.tx.delete(slot_key(id, before.expires_at, &lease.step));
            }
            self.tx.set(slot_key(id, lease.expires_at, &lease.step), lease.slot_row(*slots));
        }
        self.tx.set(lease_key(&lease.step), lease.to_row());
    }

    pub async fn remove_waiter(&mut self, waiter: &Waiter) -> Result<()> {
        for (id, _) in waiter.pool_ids() {
            self.change(&id).await?.pending -= 1;
            self.tx.delete(place_key(&id, waiter.rank, &waiter.step));
            self.tx.delete(place_end_key(&id, waiter.until, &waiter.step));
        }
        self.tx.delete(waiter_key(&waiter.step));
        remember(&mut self.waiters, &waiter.step, None);
        Ok(())
    }

    /// Puts the waiter into its queues. One that asks again for the same keeps its places there.
    pub async fn put_waiter(&mut self, before: Option<&Waiter>, waiter: Waiter) -> Result<()> {
        let same = before.is_some_and(|before| Waiter { until: before.until, ..waiter.clone() } == *before);
        if let Some(before) = before.filter(|_| !same) {
            self.remove_waiter(before).await?;
        }
        for (id, _) in waiter.pool_ids() {
            match before.filter(|_| same) {
                Some(before) => self.tx.delete(place_end_key(&id, before.until, &waiter.step)),
                None => {
                    self.change(&id).await?.pending += 1;
                    self.tx.set(place_key(&id, waiter.rank, &waiter.step), waiter.place(0).to_row());
                }
            }
            self.tx.set(place_end_key(&id, waiter.until, &waiter.step), waiter.end_row());
        }
        self.tx.set(waiter_key(&waiter.step), waiter.to_row());
        remember(&mut self.waiters, &waiter.step.clone(), Some(waiter));
        Ok(())
    }

    /// The first places of the pool's queue before `rank`.
    async fn ahead(&self, id: &PoolId, me: &StepId, rank: Rank, limit: usize) -> Result<Vec<Place>> {
        let range = queue_of(id).before(place_key(id, rank, me));
        let places = self.tx.scan(&range, Direction::Forward, limit).await?;
        places.into_iter().map(Place::from_row).collect()
    }

    /// Not this step's own, and not one that this transaction removed.
    fn is_anothers(&self, place: &Place, me: &StepId) -> bool {
        let gone = |step: &StepId| self.waiters.iter().any(|(known, waiter)| known == step && waiter.is_none());
        place.step != *me && !gone(&place.step)
    }

    /// How many are ahead of `rank` in the pool's queue.
    pub async fn count_ahead(&self, id: &PoolId, me: &StepId, rank: Rank) -> Result<usize> {
        let places = self.ahead(id, me, rank, usize::MAX).await?;
        Ok(places.iter().filter(|place| self.is_anothers(place, me)).count())
    }

    /// The head of the pool's queue, if it is ahead of `rank`.
    pub async fn head(&mut self, id: &PoolId, me: &StepId, rank: Rank) -> Result<Option<(Place, Head)>> {
        if self.known(id).await?.pending == 0 {
            return Ok(None);
        }
        let mut page = HEAD_PAGE;
        let mut seen = 0;
        loop {
            let places = self.ahead(id, me, rank, page).await?;
            let found = places.len();
            for place in places.into_iter().skip(seen) {
                if self.is_anothers(&place, me)
                    && let Some(head) = self.as_head(id, &place).await?
                {
                    return Ok(Some((place, head)));
                }
            }
            if found < page {
                return Ok(None);
            }
            seen = found;
            page *= 4;
        }
    }

    /// The waiter as a head, unless it holds something or asks for more than a limit.
    async fn as_head(&mut self, id: &PoolId, place: &Place) -> Result<Option<Head>> {
        if place.holds {
            return Ok(None);
        }
        let mut head = Head { slots: 0, fits: true, overtaken: place.overtaken };
        for (pool, slots) in &place.pools {
            let other = PoolId { location: id.location.clone(), pool: pool.clone() };
            self.sweep(&other).await?;
            let Pool { limit, used, .. } = *self.known(&other).await?;
            if !satisfiable(limit, *slots) {
                return Ok(None);
            }
            head.fits &= fits(limit, used, *slots);
            if other == *id {
                head.slots = *slots;
            }
        }
        Ok(Some(head))
    }

    pub fn count_overtaking(&mut self, id: &PoolId, place: Place) {
        let place = Place { overtaken: place.overtaken + 1, ..place };
        self.tx.set(place_key(id, place.rank, &place.step), place.to_row());
    }

    pub fn finish(self) {
        for account in self.pools.into_iter().filter(|account| account.changed) {
            if let Some(pool) = account.pool {
                self.tx.set(pool_key(&account.id), pool.to_row(&account.id));
            }
        }
    }
}

fn remember<T>(known: &mut Vec<(StepId, Option<T>)>, step: &StepId, value: Option<T>) {
    match known.iter_mut().find(|(id, _)| id == step) {
        Some((_, old)) => *old = value,
        None => known.push((step.clone(), value)),
    }
}

fn missing(id: &PoolId) -> Error {
    Error::corrupt(format!(
        "a lease or a waiter names the pool '{}' of '{}', which has no record",
        id.pool, id.location
    ))
}
