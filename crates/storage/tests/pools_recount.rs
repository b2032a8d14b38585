//! Random sequences of claims, releases, renewals and passing time: after every commit the counts equal a recount, use
//! never exceeds the limit in force at the grant, and tokens increase.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use rivers_storage::Code;
use rivers_storage::pools::{ClaimStatus, SlotClaim};
use rivers_storage_testing::{Fault, Simulated, Storage};
use rivers_storage_testing::{NOW, open, recount, reopen};

const POOLS: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Debug)]
enum Op {
    Limit {
        pool: usize,
        limit: i64,
    },
    /// Deletes the pool, and creates it again.
    Recreate {
        pool: usize,
    },
    Claim {
        step: u8,
        pools: Vec<(usize, i64)>,
        priority: i64,
        lease_ms: i64,
        attempt: u8,
    },
    Free {
        step: u8,
    },
    FreeRun {
        run: u8,
    },
    Renew {
        step: u8,
        lease_ms: i64,
    },
    Sweep,
    Pass {
        ms: i64,
    },
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    let pools = prop::collection::vec((0..POOLS.len(), 1..4_i64), 1..4);
    prop_oneof![
        1 => (0..POOLS.len(), -1..5_i64).prop_map(|(pool, limit)| Op::Limit { pool, limit }),
        1 => (0..POOLS.len()).prop_map(|pool| Op::Recreate { pool }),
        8 => (0..8_u8, pools, -1..2_i64, 0..40_i64, 0..2_u8)
            .prop_map(|(step, pools, priority, lease_ms, attempt)| Op::Claim { step, pools, priority, lease_ms, attempt }),
        3 => (0..8_u8).prop_map(|step| Op::Free { step }),
        1 => (0..3_u8).prop_map(|run| Op::FreeRun { run }),
        3 => (0..8_u8, 0..40_i64).prop_map(|(step, lease_ms)| Op::Renew { step, lease_ms }),
        1 => Just(Op::Sweep),
        3 => (0..30_i64).prop_map(|ms| Op::Pass { ms }),
        1 => Just(Op::Restart),
    ]
}

fn names(step: u8) -> (String, String) {
    (format!("run{}", step % 3), format!("step{step}"))
}

async fn run(ops: Vec<Op>) {
    let mut records = Arc::new(Simulated::new(NOW));
    let mut store = open(&records).await;
    for pool in POOLS {
        store.set_pool_limit(pool, 2, Some(20)).await.unwrap();
    }
    let mut last_token = 0;
    for op in ops {
        match op {
            Op::Limit { pool, limit } => store.set_pool_limit(POOLS[pool], limit, Some(20)).await.unwrap(),
            Op::Recreate { pool } => {
                let info = store.get_pool_info(POOLS[pool]).await.unwrap();
                match store.delete_pool_limit(POOLS[pool]).await {
                    Ok(deleted) => {
                        assert!(deleted && (info.claimed, info.pending) == (0, 0), "{info:?}");
                        recount::check(&records);
                        store.set_pool_limit(POOLS[pool], info.limit.slot_limit, Some(20)).await.unwrap();
                    }
                    Err(error) => {
                        assert_eq!(error.code(), Code::Conflict);
                        assert!((info.claimed, info.pending) != (0, 0), "{info:?}");
                    }
                }
            }
            Op::Claim { step, pools, priority, lease_ms, attempt } => {
                let (run, step) = names(step);
                let pools: Vec<(&str, i64)> = pools.iter().map(|(pool, slots)| (POOLS[*pool], *slots)).collect();
                let claim = SlotClaim {
                    priority,
                    lease_ms: Some(lease_ms),
                    attempt: Some(attempt.to_string()),
                    wait_ttl_ms: 25,
                    ..SlotClaim::new(&run, &step, &pools)
                };
                let before = uses(&store).await;
                if let ClaimStatus::Claimed(grant) = store.claim_concurrency_slots(claim).await.unwrap() {
                    assert!(grant.expires_at == store.now() + lease_ms);
                    let fresh = grant.token > last_token;
                    last_token = last_token.max(grant.token);
                    for ((used, limit), (before, _)) in uses(&store).await.into_iter().zip(before) {
                        assert!(used <= before || limit < 0 || used <= limit, "{used} of {limit} (fresh: {fresh})");
                    }
                }
            }
            Op::Free { step } => {
                let (run, step) = names(step);
                store.free_concurrency_slots(&run, &step, None).await.unwrap();
                assert!(store.renew_slot_lease(&run, &step, None, None).await.unwrap().is_none());
            }
            Op::FreeRun { run } => {
                store.free_concurrency_slots_for_run(&format!("run{run}")).await.unwrap();
            }
            Op::Renew { step, lease_ms } => {
                let (run, step) = names(step);
                let before = uses(&store).await;
                store.renew_slot_lease(&run, &step, Some(lease_ms), None).await.unwrap();
                let after = uses(&store).await;
                assert!(after.iter().zip(&before).all(|((after, _), (before, _))| after <= before), "revived");
            }
            Op::Sweep => {
                let before = uses(&store).await;
                store.free_expired_leases().await.unwrap();
                assert_eq!(uses(&store).await, before, "expired leases count for nothing");
            }
            Op::Pass { ms } => store.advance_time(ms).await.unwrap(),
            Op::Restart => {
                let before = uses(&store).await;
                (records, store) = reopen(&records).await;
                assert_eq!(uses(&store).await, before);
            }
        }
        recount::check(&records);
    }
}

async fn uses(store: &Storage) -> Vec<(i64, i64)> {
    let infos = store.get_all_pool_infos().await.unwrap();
    for info in &infos {
        let holders = store.get_pool_slot_holders(&info.limit.pool_key).await.unwrap();
        assert_eq!(info.claimed, holders.iter().map(|holder| holder.slots_consumed).sum::<i64>());
    }
    infos.into_iter().map(|info| (info.claimed, info.limit.slot_limit)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn counts_equal_a_recount_after_every_operation(ops in prop::collection::vec(op(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(ops));
    }
}

/// Repeatable without a dependency of its own.
fn random(seed: &AtomicU64) -> u64 {
    let step = seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
    let mixed = (step ^ (step >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Concurrent clients of one slot, with conflicts and a crash: each grant holds the slot alone, and the rows that are
/// left equal a recount.
#[tokio::test]
async fn counts_equal_a_recount_after_conflicts_and_crashes_of_concurrent_clients() {
    for seed in 0..200 {
        let source = Arc::new(AtomicU64::new(seed));
        let faults = {
            let (source, tries) = (Arc::clone(&source), AtomicU64::new(0));
            let crash_at = 20 + random(&source) % 100;
            move || match tries.fetch_add(1, Ordering::SeqCst) {
                tries if tries == crash_at && crash_at.is_multiple_of(2) => Fault::CrashAfter,
                tries if tries == crash_at => Fault::CrashBefore,
                _ if random(&source).is_multiple_of(3) => Fault::Conflict,
                _ => Fault::None,
            }
        };
        let records = Arc::new(Simulated::with_faults(NOW, faults));
        let store = open(&records).await;
        store.set_pool_limit("a", 1, None).await.unwrap();
        let holding = Arc::new(AtomicU64::new(0));
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..4 {
            clients.spawn(claim_often(store.clone(), client, Arc::clone(&holding)));
        }
        while let Some(ended) = clients.join_next().await {
            ended.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        recount::check(&records);
        let (records, store) = reopen(&records).await;
        store.advance_time(300_000).await.unwrap();
        store.free_expired_leases().await.unwrap();
        recount::check(&records);
        assert_eq!(store.get_pool_info("a").await.unwrap().claimed, 0, "seed {seed}");
    }
}

async fn claim_often(store: Storage, client: u64, holding: Arc<AtomicU64>) {
    let run = format!("run{client}");
    for _ in 0..30 {
        match store.claim_concurrency_slots(SlotClaim::new(&run, "s", &[("a", 1)])).await {
            Ok(ClaimStatus::Claimed(_)) => {
                assert_eq!(holding.fetch_add(1, Ordering::SeqCst), 0, "another client holds the slot");
                tokio::task::yield_now().await;
                holding.fetch_sub(1, Ordering::SeqCst);
                if store.free_concurrency_slots(&run, "s", None).await.is_err() {
                    return;
                }
            }
            Ok(ClaimStatus::Pending { .. }) => tokio::task::yield_now().await,
            Err(error) => {
                assert_eq!(error.code(), Code::Unavailable);
                return;
            }
        }
    }
}
