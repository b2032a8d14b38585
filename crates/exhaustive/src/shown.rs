//! What the storage shows of its leases: the checks see nothing else.

use rivers_storage::pools::{PoolInfo, SlotHolder};

use crate::world::{CLIENTS, POOLS};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLeases {
    /// By client.
    pub leases: [Option<Lease>; 3],
    /// By pool.
    pub claimed: [i64; 2],
    pub pending: [i64; 2],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub token: i64,
    pub expires_at: i64,
    pub slots: [i64; 2],
}

impl ShownLeases {
    pub fn new(infos: &[PoolInfo], holders: &[Vec<SlotHolder>; 2]) -> Self {
        let mut leases = [const { None }; 3];
        for (pool, holders) in holders.iter().enumerate() {
            for holder in holders {
                let who = CLIENTS.iter().position(|name| *name == holder.run_id).expect("a client");
                let (token, expires_at) = (holder.token, holder.lease_expires_at);
                let lease = leases[who].get_or_insert(Lease { token, expires_at, slots: [0; 2] });
                assert_eq!(
                    (lease.token, lease.expires_at),
                    (token, expires_at),
                    "a lease is the same in all its pools"
                );
                lease.slots[pool] = holder.slots_consumed;
            }
        }
        let info = |pool: usize| infos.iter().find(|info| info.limit.pool_key == POOLS[pool]).expect("a pool");
        Self { leases, claimed: [0, 1].map(|pool| info(pool).claimed), pending: [0, 1].map(|pool| info(pool).pending) }
    }

    /// By pool, the slots of the leases.
    pub fn used(&self) -> [i64; 2] {
        [0, 1].map(|pool| self.leases.iter().flatten().map(|lease| lease.slots[pool]).sum())
    }

    /// The leases that are left at `now`, if only time passes.
    pub fn left_at(&self, now: i64) -> [Option<Lease>; 3] {
        self.leases.clone().map(|lease| lease.filter(|lease| lease.expires_at > now))
    }
}
