//! What the storage shows of its leases: all that a promise can be held against.

use rivers_storage::pools::{PoolInfo, SlotHolder};

use crate::world::{CLAIMERS, POOLS};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Of each claimer.
    pub leases: [Option<Lease>; 3],
    /// Of each pool, as it is shown.
    pub claimed: [i64; 2],
    pub pending: [i64; 2],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub token: i64,
    pub expires_at: i64,
    pub slots: [i64; 2],
}

impl Shown {
    pub fn new(infos: &[PoolInfo], holders: &[Vec<SlotHolder>; 2]) -> Self {
        let mut leases = [const { None }; 3];
        for (pool, holders) in holders.iter().enumerate() {
            for holder in holders {
                let who = CLAIMERS.iter().position(|name| *name == holder.run_id).expect("a claimer");
                let (token, expires_at) = (holder.token, holder.lease_expires_at);
                let lease = leases[who].get_or_insert(Lease { token, expires_at, slots: [0; 2] });
                assert_eq!((lease.token, lease.expires_at), (token, expires_at), "a lease is one, in all its pools");
                lease.slots[pool] = holder.slots_consumed;
            }
        }
        let info = |pool: usize| infos.iter().find(|info| info.limit.pool_key == POOLS[pool]).expect("a pool");
        Self { leases, claimed: [0, 1].map(|pool| info(pool).claimed), pending: [0, 1].map(|pool| info(pool).pending) }
    }

    /// What its leases hold of each pool.
    pub fn used(&self) -> [i64; 2] {
        [0, 1].map(|pool| self.leases.iter().flatten().map(|lease| lease.slots[pool]).sum())
    }

    /// What is left of it when time has come to `now`, if nothing else happens.
    pub fn at(&self, now: i64) -> [Option<Lease>; 3] {
        self.leases.clone().map(|lease| lease.filter(|lease| lease.expires_at > now))
    }
}
