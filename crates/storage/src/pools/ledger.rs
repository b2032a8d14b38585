//! The books of one transaction: pools, leases and waiters as they were read, with what the
//! transaction changes. All counts change here, together with the rows they count.

mod queue;

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::decide::satisfiable;
use super::model::Grant;
use super::rows::{
    Front, Lease, Pool, PoolId, StepId, Waiter, end_from, ending_within, lease_key, place_end_key, pool_key, slot_key,
    waiter_key,
};
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::mutant::{self, Mutant};
use crate::records::{Direction, Key, Table, Tx};

pub struct Ledger<'t, 'r> {
    pub tx: &'t mut Tx<'r>,
    now: i64,
    pools: Vec<Account>,
    leases: BTreeMap<StepId, Option<Arc<Lease>>>,
    waiters: BTreeMap<StepId, Option<Arc<Waiter>>>,
    /// Slots whose lease ended and that were removed.
    pub swept: usize,
}

struct Account {
    id: PoolId,
    pool: Option<Pool>,
    swept: bool,
    changed: bool,
}

/// How far a sweep looks for what ends next.
const LOOK_AHEAD_MS: i64 = 1000;

impl<'t, 'r> Ledger<'t, 'r> {
    pub const fn new(tx: &'t mut Tx<'r>) -> Self {
        let now = tx.now();
        Self { tx, now, pools: Vec::new(), leases: BTreeMap::new(), waiters: BTreeMap::new(), swept: 0 }
    }

    /// Reads at once what a claim of the step on these pools needs.
    pub async fn load(&mut self, step: &StepId, pools: &[PoolId]) -> Result<()> {
        let steps = [lease_key(step), waiter_key(step)];
        let keys: Vec<Key> = steps.into_iter().chain(pools.iter().map(pool_key)).collect();
        let mut rows = self.tx.get_many(&keys).await?.into_iter();
        let lease = rows.next().flatten().map(Lease::from_row).transpose()?.map(Arc::new);
        let waiter = rows.next().flatten().map(Waiter::from_row).transpose()?.map(Arc::new);
        self.leases.insert(step.clone(), lease);
        self.waiters.insert(step.clone(), waiter);
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

    /// The step's lease if it is live; one that ended is removed.
    pub async fn live_lease(&mut self, step: &StepId) -> Result<Option<Arc<Lease>>> {
        match self.lease(step).await? {
            Some(lease) if !lease.is_live(self.now) => {
                self.swept += self.remove_lease(&lease).await?;
                Ok(None)
            }
            lease => Ok(lease),
        }
    }

    /// The step's place in the queues if it still has one; one that ended is removed.
    pub async fn live_waiter(&mut self, step: &StepId) -> Result<Option<Arc<Waiter>>> {
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
        let now = self.now;
        let account = self.account(id).await?;
        if std::mem::replace(&mut account.swept, true) {
            return Ok(());
        }
        let Some(Pool { used, pending, quiet_until, .. }) = account.pool else { return Ok(()) };
        if quiet_until > now {
            return Ok(());
        }
        if used > 0 {
            for step in self.ended(Table::Slot, id, quiet_until).await? {
                self.live_lease(&step).await?;
            }
        }
        if pending > 0 && !mutant::makes(Mutant::DeadWaitersVanish) {
            for step in self.ended(Table::PlaceEnd, id, quiet_until).await? {
                if self.live_waiter(&step).await?.is_some() {
                    // What has ended is the lease that it had meanwhile, be it in other pools.
                    self.live_lease(&step).await?;
                }
            }
        }
        self.quieten(id).await
    }

    async fn ended(&self, table: Table, id: &PoolId, since: i64) -> Result<Vec<StepId>> {
        let ended = ending_within(table, id, since, self.now);
        let rows = self.tx.scan(&ended, Direction::Forward, usize::MAX).await?;
        rows.into_iter().map(|row| Ok(end_from(row)?.0)).collect()
    }

    /// Finds until when nothing else ends, after what has ended was removed. It looks a little ahead
    /// only: what ends later may lie behind many rows that were deleted.
    async fn quieten(&mut self, id: &PoolId) -> Result<()> {
        let Pool { used, pending, .. } = *self.known(id).await?;
        let ahead = self.now.saturating_add(LOOK_AHEAD_MS);
        let mut quiet_until = if used > 0 || pending > 0 { ahead } else { i64::MAX };
        for (table, count) in [(Table::Slot, used), (Table::PlaceEnd, pending)] {
            if count > 0 {
                let next = ending_within(table, id, self.now.saturating_add(1), ahead);
                for row in self.tx.scan(&next, Direction::Forward, 1).await? {
                    quiet_until = quiet_until.min(end_from(row)?.1);
                }
            }
        }
        // What this transaction puts here, no scan shows yet.
        let now = self.now;
        quiet_until = self.known_ends(id).filter(|end| *end > now).fold(quiet_until, i64::min);
        let account = self.account(id).await?;
        if let Some(pool) = &mut account.pool {
            // It is worth a write of its own only now and then.
            account.changed |= now.saturating_sub(pool.quiet_until) >= LOOK_AHEAD_MS;
            pool.quiet_until = quiet_until;
        }
        Ok(())
    }

    fn known_ends<'l>(&'l self, id: &'l PoolId) -> impl Iterator<Item = i64> + 'l {
        let leases = self.leases.values().flatten().filter(|lease| lease.held(id) > 0).map(|lease| lease.expires_at);
        leases.chain(self.waiting_in(id).map(Waiter::ends_at))
    }

    /// Something in the pool ends at this time.
    async fn note_end(&mut self, id: &PoolId, at: i64) -> Result<()> {
        if self.known(id).await?.quiet_until > at {
            self.change(id).await?.quiet_until = at;
        }
        self.tx.tell(Change::Ends { pool: id.clone(), at });
        Ok(())
    }

    /// Removes the lease from all its pools. Returns how many slots it had.
    pub async fn remove_lease(&mut self, lease: &Lease) -> Result<usize> {
        for (id, slots) in &lease.pools {
            self.change(id).await?.used -= slots;
            self.tx.delete(slot_key(id, lease.expires_at, &lease.step));
        }
        self.tx.delete(lease_key(&lease.step));
        self.tx.tell(Change::Lease { step: lease.step.clone(), grant: None });
        self.leases.insert(lease.step.clone(), None);
        self.hold(&lease.step, None).await?;
        Ok(lease.pools.len())
    }

    /// Stores the lease in place of what the step held before: none of those pools is left out.
    pub async fn put_lease(&mut self, before: Option<&Lease>, lease: Lease) -> Result<()> {
        if before == Some(&lease) {
            return Ok(());
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
                self.note_end(id, lease.expires_at).await?;
            }
            self.tx.set(slot_key(id, lease.expires_at, &lease.step), lease.slot_row(*slots));
        }
        self.tx.set(lease_key(&lease.step), lease.to_row());
        let (step, expires_at) = (lease.step.clone(), lease.expires_at);
        let grant = Some(Grant { token: lease.token, expires_at });
        self.tx.tell(Change::Lease { step: step.clone(), grant });
        self.leases.insert(step.clone(), Some(Arc::new(lease)));
        self.hold(&step, Some(expires_at)).await
    }

    /// The lease of a waiter that asks for more ends then, or has ended.
    async fn hold(&mut self, step: &StepId, until: Option<i64>) -> Result<()> {
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
                pool.front = Front::NONE;
            }
            self.tx.delete(waiter.place_key(&id));
            self.tx.delete(place_end_key(&id, waiter.ends_at(), &waiter.step));
        }
        self.tx.delete(waiter_key(&waiter.step));
        self.tx.tell(Change::Place { step: waiter.step.clone(), rank: None });
        self.waiters.insert(waiter.step.clone(), None);
        Ok(())
    }

    /// Puts the waiter into its queues. One that asks again for the same keeps its places there.
    pub async fn put_waiter(&mut self, before: Option<&Waiter>, waiter: Waiter) -> Result<()> {
        let aside = waiter.holds_until.is_some() || !self.satisfiable(&waiter.location, &waiter.pools).await?;
        let waiter = Waiter { aside, ..waiter };
        if before == Some(&waiter) {
            return Ok(());
        }
        let same = before.is_some_and(|before| waiter.stays(before));
        if let Some(before) = before.filter(|_| !same) {
            self.remove_waiter(before).await?;
        }
        for (id, _) in waiter.pool_ids() {
            match before.filter(|_| same) {
                Some(before) => self.tx.delete(place_end_key(&id, before.ends_at(), &waiter.step)),
                None => {
                    let pool = self.change(&id).await?;
                    pool.pending += 1;
                    if !waiter.aside {
                        pool.front = pool.front.min(waiter.rank.into());
                    }
                    self.tx.set(waiter.place_key(&id), waiter.place(0).to_row());
                }
            }
            self.note_end(&id, waiter.ends_at()).await?;
            self.tx.set(place_end_key(&id, waiter.ends_at(), &waiter.step), waiter.end_row());
        }
        self.tx.set(waiter_key(&waiter.step), waiter.to_row());
        self.tx.tell(Change::Place { step: waiter.step.clone(), rank: Some(waiter.rank) });
        self.waiters.insert(waiter.step.clone(), Some(Arc::new(waiter)));
        Ok(())
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
        for account in self.pools.into_iter().filter(|account| account.changed) {
            if let Some(pool) = account.pool {
                self.tx.set(pool_key(&account.id), pool.to_row(&account.id));
                self.tx.tell(Change::Pool(account.id));
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
