//! A store over simulated records, and short ways to fill it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rivers_storage::events::StoredEvent;
use rivers_storage::pools::{ClaimStatus, SlotClaim};
use rivers_storage::runs::{NewRun, RunRecord, RunStatus};
use rivers_storage::{Code, OpenStore, Result};
use rivers_storage_testing::{Fault, Simulated, Storage};

pub const NOW: i64 = 1000;

pub struct World {
    pub records: Arc<Simulated>,
    base: Arc<OpenStore>,
    pub store: Storage,
}

impl World {
    pub async fn new() -> Self {
        Self::over(Simulated::new(NOW)).await
    }

    /// Commits conflict at random, so that what runs at once interleaves differently with each seed.
    pub async fn contentious(seed: u64) -> Self {
        let random = AtomicU64::new(seed);
        Self::over(Simulated::with_faults(NOW, move || coin(&random))).await
    }

    pub async fn over(records: Simulated) -> Self {
        let records = Arc::new(records);
        let base = OpenStore::open(Arc::<Simulated>::clone(&records)).await.unwrap();
        let store = Storage::at(&base, "here");
        Self { records, base, store }
    }

    pub fn at(&self, location: &str) -> Storage {
        Storage::at(&self.base, location)
    }

    pub fn advance_to(&self, now: i64) {
        self.store.records().context().clock.not_before(now * 1000);
    }
}

fn coin(random: &AtomicU64) -> Fault {
    let mut bits = random.load(Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits ^= bits >> 29;
    random.store(bits, Ordering::Relaxed);
    if bits & (1 << 40) == 0 { Fault::None } else { Fault::Conflict }
}

pub fn run(id: &str) -> NewRun {
    NewRun { run_id: id.to_owned(), ..NewRun::default() }
}

pub fn run_in(id: &str, status: RunStatus) -> NewRun {
    NewRun { status: Some(status), ..run(id) }
}

pub fn run_at(id: &str, start_time: i64) -> NewRun {
    NewRun { start_time: Some(start_time), ..run(id) }
}

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub async fn stored(store: &Storage, id: &str) -> RunRecord {
    store.get_run(id).await.unwrap().unwrap()
}

pub async fn status_of(store: &Storage, id: &str) -> RunStatus {
    stored(store, id).await.status
}

pub async fn newest(store: &Storage, limit: usize) -> Vec<RunRecord> {
    store.get_runs(limit, None, None).await.unwrap()
}

pub async fn with_status(store: &Storage, status: RunStatus) -> Vec<RunRecord> {
    store.get_runs(usize::MAX, Some(status), None).await.unwrap()
}

pub fn ids(runs: &[RunRecord]) -> Vec<&str> {
    runs.iter().map(|run| run.run_id.as_str()).collect()
}

pub fn code<T: std::fmt::Debug>(answer: Result<T>) -> Code {
    answer.unwrap_err().code()
}

pub async fn events_of(store: &Storage, run: &str) -> Vec<StoredEvent> {
    store.get_events_for_run(run, None, None).await.unwrap()
}

/// Run 'holder' holds the one slot of the pool, and `waiter` waits for it.
pub async fn contended_pool(store: &Storage, waiter: &str) {
    store.set_pool_limit("pool", 1, None).await.unwrap();
    assert!(matches!(claim(store, "holder").await, ClaimStatus::Claimed(_)));
    assert!(matches!(claim(store, waiter).await, ClaimStatus::Pending { .. }));
}

pub async fn claim(store: &Storage, run: &str) -> ClaimStatus {
    store.claim_concurrency_slots(SlotClaim::new(run, "step", &[("pool", 1)])).await.unwrap()
}

/// Claimed slots and waiters of the pool.
pub async fn use_of_pool(store: &Storage) -> (i64, i64) {
    let info = store.get_pool_info("pool").await.unwrap();
    (info.claimed, info.pending)
}
