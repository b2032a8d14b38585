//! The simplest model of the pools: lists of holders and waiters, from which everything is computed anew each time.
//! What has ended is removed at once.

use std::collections::BTreeMap;

use rivers_storage::Code;
use rivers_storage::pools::{ClaimStatus, Grant, MAX_SLOTS, PoolInfo, PoolLimit, SlotClaim, SlotHolder, SlotWaiter};

use rivers_storage_testing::invariants::{Call, PoolName, PoolShown, Reply, Shown, StepName};

pub type Slots = Vec<(PoolName, i64)>;

pub struct Model {
    pub now: i64,
    pub pools: BTreeMap<PoolName, PoolLimit>,
    pub holders: Vec<Holder>,
    pub waiters: Vec<Waiter>,
    last_token: i64,
    asked: u64,
}

#[derive(Clone)]
pub struct Holder {
    pub step: StepName,
    pub slots: Slots,
    attempt: String,
    token: i64,
    claimed_at: i64,
    expires_at: i64,
}

/// A claim that waits or is made.
#[derive(Clone)]
pub struct Waiter {
    pub step: StepName,
    pub slots: Slots,
    pub priority: i64,
    /// Its number among all claims.
    pub number: u64,
    since: i64,
    until: i64,
    pub overtaken: BTreeMap<PoolName, u32>,
}

/// The slots of the pool.
pub fn of(slots: &Slots, pool: &PoolName) -> i64 {
    slots.iter().filter(|(named, _)| named == pool).map(|(_, slots)| slots).sum()
}

impl Model {
    pub const fn new(now: i64) -> Self {
        Self { now, pools: BTreeMap::new(), holders: Vec::new(), waiters: Vec::new(), last_token: 0, asked: 0 }
    }

    pub fn reply(&mut self, call: &Call) -> Reply {
        match call {
            Call::SetLimit { pool, limit, lease_ms } => self.set_limit(pool, *limit, *lease_ms),
            Call::DeletePool { pool } => self.delete_pool(pool),
            Call::Claim { location, claim } => self.claim(location, claim),
            Call::Free { step, token } => self.free(step, *token),
            Call::FreeRun { run } => {
                let freed = self.holders.iter().filter(|holder| holder.step.run == *run);
                let freed = freed.map(|holder| holder.slots.len()).sum();
                self.holders.retain(|holder| holder.step.run != *run);
                self.waiters.retain(|waiter| waiter.step.run != *run);
                Reply::Count(freed)
            }
            Call::Renew { step, lease_ms, token } => self.renew(step, *lease_ms, *token),
            Call::Write { step, token } => match self.live(step, Some(*token)) {
                Some(_) => Reply::Done,
                None => Reply::Refused(Code::LeaseLost),
            },
            Call::Pass { ms } => {
                self.now += ms;
                self.end();
                Reply::Done
            }
            Call::Sweep | Call::Restart | Call::Native => Reply::Done,
        }
    }

    fn end(&mut self) {
        self.holders.retain(|holder| holder.expires_at > self.now);
        self.waiters.retain(|waiter| waiter.until > self.now);
    }

    fn set_limit(&mut self, pool: &PoolName, slot_limit: i64, lease_ms: i64) -> Reply {
        let limit = PoolLimit { pool_key: pool.key.clone(), slot_limit, lease_ms };
        self.pools.insert(pool.clone(), limit);
        let lost: Vec<StepName> = self.waiters.iter().filter(|waiter| !self.could_fit(waiter)).map(step_of).collect();
        for waiter in self.waiters.iter_mut().filter(|waiter| lost.contains(&waiter.step)) {
            waiter.overtaken.clear();
        }
        Reply::Done
    }

    fn delete_pool(&mut self, pool: &PoolName) -> Reply {
        if !self.pools.contains_key(pool) {
            return Reply::Count(0);
        }
        if self.used(pool) > 0 || !self.queue(pool).is_empty() {
            return Reply::Refused(Code::Conflict);
        }
        self.pools.remove(pool);
        Reply::Count(1)
    }

    fn claim(&mut self, location: &str, claim: &SlotClaim) -> Reply {
        let mut slots = Slots::new();
        for (key, weight) in &claim.pools {
            let pool = PoolName::new(location, key);
            match slots.iter_mut().find(|(named, _)| *named == pool) {
                Some((_, sum)) => *sum += weight,
                None => slots.push((pool, *weight)),
            }
        }
        if slots.is_empty() || slots.iter().any(|(_, slots)| !(1..=MAX_SLOTS).contains(slots)) {
            return Reply::Refused(Code::InvalidArg);
        }
        if slots.iter().any(|(pool, _)| !self.pools.contains_key(pool)) {
            return Reply::Refused(Code::NotFound);
        }
        let claimant = self.claimant(location, claim, slots);
        let blocks = self.blocks(&claimant);
        if blocks.is_empty() {
            for (step, pool) in self.overtaken_by(&claimant) {
                let overtaken = self.waiters.iter_mut().filter(|waiter| waiter.step == step);
                overtaken.for_each(|waiter| *waiter.overtaken.entry(pool.clone()).or_default() += 1);
            }
            self.waiters.retain(|waiter| waiter.step != claimant.step);
            return Reply::Claim(ClaimStatus::Claimed(self.grant(claim, claimant)));
        }
        let reason = self.reason(&claimant, &blocks);
        let first = blocks[0].0.clone();
        self.waiters.retain(|waiter| waiter.step != claimant.step);
        let step = claimant.step.clone();
        self.waiters.push(claimant);
        let position = self.queue(&first).iter().position(|waiter| waiter.step == step).map_or(0, |at| at + 1);
        self.end();
        Reply::Claim(ClaimStatus::Pending { position, reason })
    }

    /// The claim with its rank: it keeps that of its queue entry, if it waits in this code location.
    fn claimant(&mut self, location: &str, claim: &SlotClaim, slots: Slots) -> Waiter {
        self.asked += 1;
        let (step, priority, until) = (StepName::of(claim), claim.priority, self.now + claim.wait_ttl_ms);
        let known = self.waiters.iter().find(|waiter| waiter.step == step && waiter.slots[0].0.location == location);
        let (number, since) = known.map_or((self.asked, self.now), |known| (known.number, known.since));
        let same = known.filter(|known| (&known.slots, known.priority) == (&slots, priority));
        let overtaken = same.map_or_else(BTreeMap::new, |same| same.overtaken.clone());
        Waiter { step, slots, priority, number, since, until, overtaken }
    }

    fn grant(&mut self, claim: &SlotClaim, claimant: Waiter) -> Grant {
        let lease_ms = claim.lease_ms.or_else(|| self.shortest(&claimant.slots)).unwrap_or(0);
        let attempt = claim.attempt.clone().unwrap_or_default();
        let before = self.holders.iter().position(|holder| holder.step == claimant.step);
        let before = before.map(|at| self.holders.remove(at));
        let token = match &before {
            Some(before) if before.attempt == attempt => before.token,
            _ => self.last_token + 1,
        };
        self.last_token = self.last_token.max(token);
        let mut slots = claimant.slots;
        for held in before.into_iter().flat_map(|before| before.slots) {
            if slots.iter().all(|(pool, _)| *pool != held.0) {
                slots.push(held);
            }
        }
        let expires_at = self.now + lease_ms;
        self.holders.push(Holder { step: claimant.step, slots, attempt, token, claimed_at: self.now, expires_at });
        self.end();
        Grant { token, expires_at }
    }

    /// The live lease of the step, if the token is its own.
    fn live(&self, step: &StepName, token: Option<i64>) -> Option<&Holder> {
        let holder = self.holders.iter().find(|holder| holder.step == *step)?;
        token.is_none_or(|token| token == holder.token).then_some(holder)
    }

    fn free(&mut self, step: &StepName, token: Option<i64>) -> Reply {
        let freed = self.live(step, token).map_or(0, |holder| holder.slots.len());
        self.holders.retain(|holder| holder.step != *step || token.is_some_and(|token| token != holder.token));
        if token.is_none() {
            self.waiters.retain(|waiter| waiter.step != *step);
        }
        Reply::Count(freed)
    }

    fn renew(&mut self, step: &StepName, lease_ms: Option<i64>, token: Option<i64>) -> Reply {
        let Some(holder) = self.live(step, token).cloned() else { return Reply::Count(0) };
        let lease_ms = lease_ms.or_else(|| self.shortest(&holder.slots)).unwrap_or(0);
        let expires_at = self.now + lease_ms;
        self.holders.iter_mut().filter(|held| held.step == *step).for_each(|held| held.expires_at = expires_at);
        self.end();
        Reply::Count(holder.slots.len())
    }

    fn shortest(&self, slots: &Slots) -> Option<i64> {
        slots.iter().filter_map(|(pool, _)| self.pools.get(pool)).map(|pool| pool.lease_ms).min()
    }

    pub fn used(&self, pool: &PoolName) -> i64 {
        self.holders.iter().map(|holder| of(&holder.slots, pool)).sum()
    }

    pub fn shown(&self) -> Shown {
        let shown = |(name, limit): (&PoolName, &PoolLimit)| {
            let mut holders: Vec<&Holder> = self.holders.iter().filter(|holder| of(&holder.slots, name) > 0).collect();
            holders.sort_by_key(|holder| (holder.claimed_at, holder.token));
            let waiters: Vec<SlotWaiter> = self
                .queue(name)
                .into_iter()
                .enumerate()
                .map(|(at, waiter)| self.show_waiter(name, at, waiter))
                .collect();
            let pending = i64::try_from(waiters.len()).unwrap_or(i64::MAX);
            let info = PoolInfo { limit: limit.clone(), claimed: self.used(name), pending };
            let holders = holders.into_iter().map(|holder| holder.shown(name)).collect();
            (name.clone(), PoolShown { info, holders, waiters })
        };
        Shown { now: self.now, pools: self.pools.iter().map(shown).collect() }
    }

    fn show_waiter(&self, pool: &PoolName, at: usize, waiter: &Waiter) -> SlotWaiter {
        SlotWaiter {
            run_id: waiter.step.run.clone(),
            step_key: waiter.step.key.clone(),
            slots: of(&waiter.slots, pool),
            priority: waiter.priority,
            enqueued_at: waiter.since,
            position: at + 1,
            reason: self.reason(waiter, &self.blocks(waiter)),
        }
    }
}

fn step_of(waiter: &Waiter) -> StepName {
    waiter.step.clone()
}

impl Holder {
    fn shown(&self, pool: &PoolName) -> SlotHolder {
        SlotHolder {
            run_id: self.step.run.clone(),
            step_key: self.step.key.clone(),
            slots_consumed: of(&self.slots, pool),
            claimed_at: self.claimed_at,
            lease_expires_at: self.expires_at,
            token: self.token,
        }
    }
}
