//! The storage, taken to any moment of any history.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use rivers_storage::OpenStore;
use rivers_storage::pools::{ClaimStatus, Renewal, SlotClaim};
use rivers_storage_testing::{Simulated, Storage};

use crate::shown::Shown;

pub const CLAIMERS: [&str; 3] = ["x", "y", "z"];
pub const POOLS: [&str; 2] = ["a", "b"];
pub const LIMITS: [i64; 2] = [2, 1];
/// How long a lease of each pool lasts, and a place in a queue. A pool's row looks a second ahead.
pub const LEASE_MS: [i64; 2] = [2000, 3000];
pub const PLACE_MS: i64 = 1000;
/// What may be claimed: how many slots of each pool, 0 where it is not named.
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

    /// What the next process finds.
    pub fn reopened(&self) -> Self {
        Self::open(self.records.restarted())
    }

    pub fn claim(&self, who: usize, slots: [i64; 2], attempt: &str) -> ClaimStatus {
        let named = POOLS.into_iter().zip(slots).filter(|(_, slots)| *slots > 0);
        let claim = SlotClaim {
            attempt: Some(attempt.to_owned()),
            wait_ttl_ms: PLACE_MS,
            ..SlotClaim::new(CLAIMERS[who], "s", &named.collect::<Vec<_>>())
        };
        done(self.store.claim_concurrency_slots(claim)).expect("claims")
    }

    pub fn renew(&self, who: usize, token: Option<i64>) -> Option<Renewal> {
        done(self.store.renew_slot_lease(CLAIMERS[who], "s", None, token)).expect("renews")
    }

    pub fn free(&self, who: usize, token: Option<i64>) -> usize {
        done(self.store.free_concurrency_slots(CLAIMERS[who], "s", token)).expect("frees")
    }

    pub fn sweep(&self) -> usize {
        done(self.store.free_expired_leases()).expect("sweeps")
    }

    pub fn pass(&self, ms: i64) {
        done(self.store.advance_time(ms)).expect("moves the clock");
    }

    pub fn shown(&self) -> Shown {
        let infos = done(self.store.get_all_pool_infos()).expect("infos");
        let holders = POOLS.map(|pool| done(self.store.get_pool_slot_holders(pool)).expect("holders"));
        Shown::new(&infos, &holders)
    }
}

/// Simulated records never keep anybody waiting.
fn done<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("an operation waited for somebody else"),
    }
}
