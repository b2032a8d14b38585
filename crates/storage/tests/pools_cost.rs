//! The cost of claims, renewals and releases, in records read and tombstones passed: the same with ten thousand holders
//! and ten thousand waiters as with ten.

use std::sync::Arc;

use rivers_storage::pools::{ClaimStatus, SlotClaim};
use rivers_storage_testing::store;
use rivers_storage_testing::{Simulated, Storage};

const FREE: i64 = 5;

struct Crowd {
    records: Arc<Simulated>,
    store: Storage,
}

/// So many steps hold one slot of both pools each, and so many wait for more slots than are free.
async fn crowd(count: usize) -> Crowd {
    let (records, store) = store().await;
    let crowd = Crowd { records, store };
    let slots = i64::try_from(count).unwrap();
    for pool in ["db", "api"] {
        crowd.store.set_pool_limit(pool, slots + FREE, None).await.unwrap();
    }
    for at in 0..count {
        assert!(crowd.claim(&format!("holds-{at:05}"), 1, 0).await);
    }
    // Each goes before the earlier ones, so that no claim counts the queue for its position.
    for (at, priority) in (0..count).zip(0..) {
        assert!(!crowd.claim(&format!("waits-{at:05}"), FREE + 1, priority).await);
    }
    crowd
}

impl Crowd {
    async fn claim(&self, run: &str, slots: i64, priority: i64) -> bool {
        let claim = SlotClaim { priority, ..SlotClaim::new(run, "s", &[("db", slots), ("api", slots)]) };
        matches!(self.store.claim_concurrency_slots(claim).await.unwrap(), ClaimStatus::Claimed(_))
    }

    async fn cost(&self, work: impl Future<Output = ()>) -> u64 {
        let before = self.records.reads() + self.records.tombstones();
        work.await;
        self.records.reads() + self.records.tombstones() - before
    }

    /// The operations whose cost must not depend on the number of holders and waiters.
    async fn costs(&self) -> Vec<(&'static str, u64)> {
        let first = i64::from(i32::MAX);
        vec![
            ("a claim before all waiters", self.cost(async { assert!(self.claim("new", 1, first).await) }).await),
            ("a claim that overtakes", self.cost(async { assert!(self.claim("small", 1, -1).await) }).await),
            ("a claim once more", self.cost(async { assert!(self.claim("holds-00007", 1, 0).await) }).await),
            (
                "a claim that waits at the front",
                self.cost(async { assert!(!self.claim("wide", 7, first).await) }).await,
            ),
            ("the same once more", self.cost(async { assert!(!self.claim("wide", 7, first).await) }).await),
            (
                "a renewal",
                self.cost(async {
                    let renewal = self.store.renew_slot_lease("holds-00003", "s", None, None).await.unwrap();
                    assert_eq!(renewal.unwrap().slots, 2);
                })
                .await,
            ),
            (
                "a release",
                self.cost(async {
                    assert_eq!(self.store.free_concurrency_slots("holds-00005", "s", None).await.unwrap(), 2);
                })
                .await,
            ),
            (
                "leaving the queue",
                self.cost(async {
                    assert_eq!(self.store.free_concurrency_slots("waits-00005", "s", None).await.unwrap(), 0);
                })
                .await,
            ),
            (
                "the counts of a pool",
                self.cost(async {
                    let info = self.store.get_pool_info("db").await.unwrap();
                    assert!(info.claimed > 0 && info.pending > 0);
                })
                .await,
            ),
        ]
    }
}

#[tokio::test]
async fn a_claim_a_renewal_and_a_release_cost_the_same_however_many_hold_and_wait() {
    let few = crowd(10).await.costs().await;
    let many = crowd(10_000).await.costs().await;
    assert_eq!(few, many);
    assert!(few.iter().all(|(_, reads)| *reads <= 12), "{few:?}");
}

#[tokio::test]
async fn a_claim_that_waits_reads_the_entries_before_it_only() {
    let crowd = crowd(1000).await;
    let mut costs = Vec::new();
    // From the back, so that each goes before the earlier ones.
    for ahead in [501, 11, 1] {
        let run = format!("behind-{ahead}");
        costs.push(crowd.cost(async { assert!(!crowd.claim(&run, FREE + 1, 1000 - ahead).await) }).await);
    }
    assert_eq!([costs[0] - costs[1], costs[1] - costs[2]], [490, 10], "{costs:?}");
}
