//! The storage, which can be taken to any state of any history.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use rivers_storage::OpenStore;
use rivers_storage::pools::{ClaimStatus, Renewal, SlotClaim};
use rivers_storage_testing::{Simulated, Storage};

use crate::shown::ShownLeases;

pub const CLIENTS: [&str; 3] = ["x", "y", "z"];
pub const POOLS: [&str; 2] = ["a", "b"];
pub const LIMITS: [i64; 2] = [2, 1];
/// How long a lease of each pool lasts. The expiry hint of a pool looks a second ahead.
pub const LEASE_MS: [i64; 2] = [2000, 3000];
/// How long a queue entry lasts.
pub const WAIT_TTL_MS: i64 = 1000;
/// The claims: slots by pool, 0 where the claim does not name it.
pub const CLAIMS: [[i64; 2]; 5] = [[1, 0], [2, 0], [0, 1], [1, 1], [2, 1]];

pub struct World {
    pub records: Arc<Simulated>,
    store: Storage,
}

impl World {
    pub fn new() -> Self {
        let world = Self::open(Simulated::new(0));
        for ((pool, limit), lease_ms) in POOLS.into_iter().zip(LIMITS).zip(LEASE_MS) {
            done(world.store.set_pool_limit(pool, limit, Some(lease_ms))).expect("sets a limit");
        }
        world
    }

    fn open(records: Simulated) -> Self {
        let records = Arc::new(records);
        let base = done(OpenStore::open(Arc::clone(&records) as _)).expect("opens");
        Self { records, store: Storage::at(&base, "default") }
    }

    /// The world as the next process finds it.
    pub fn reopened(&self) -> Self {
        Self::open(self.records.restarted())
    }

    pub fn claim(&self, who: usize, slots: [i64; 2], attempt: &str) -> ClaimStatus {
        let named = POOLS.into_iter().zip(slots).filter(|(_, slots)| *slots > 0);
        let claim = SlotClaim {
            attempt: Some(attempt.to_owned()),
            wait_ttl_ms: WAIT_TTL_MS,
            ..SlotClaim::new(CLIENTS[who], "s", &named.collect::<Vec<_>>())
        };
        done(self.store.claim_concurrency_slots(claim)).expect("claims")
    }

    pub fn renew(&self, who: usize, token: Option<i64>) -> Option<Renewal> {
        done(self.store.renew_slot_lease(CLIENTS[who], "s", None, token)).expect("renews")
    }

    pub fn free(&self, who: usize, token: Option<i64>) -> usize {
        done(self.store.free_concurrency_slots(CLIENTS[who], "s", token)).expect("frees")
    }

    pub fn sweep(&self) -> usize {
        done(self.store.free_expired_leases()).expect("sweeps")
    }

    pub fn pass(&self, ms: i64) {
        done(self.store.advance_time(ms)).expect("moves the clock");
    }

    pub fn shown(&self) -> ShownLeases {
        let infos = done(self.store.get_all_pool_infos()).expect("infos");
        let holders = POOLS.map(|pool| done(self.store.get_pool_slot_holders(pool)).expect("holders"));
        ShownLeases::new(&infos, &holders)
    }
}

/// Operations on simulated records are ready at once.
fn done<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("an operation is not ready"),
    }
}
