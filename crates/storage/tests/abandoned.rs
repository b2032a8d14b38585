//! A wait that is dropped in the middle of its claim: the transaction may be committed all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rivers_storage::Result;
use rivers_storage::pools::{Acquire, SlotClaim};
use rivers_storage::records::{Answer, BoxFuture, Context, Reads, Records, Step};
use rivers_storage_testing::Simulated;
use rivers_storage_testing::{NOW, Storage, recount};
use tokio_util::sync::CancellationToken;

/// Records that let other tasks run before a view, and after a commit.
struct Slow {
    records: Arc<Simulated>,
    transactions: AtomicU64,
}

impl Records for Slow {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.records.view().await
        })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(async {
            let answer = self.records.transact(step).await;
            self.transactions.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            answer
        })
    }

    fn context(&self) -> &Context {
        self.records.context()
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        self.records.close()
    }
}

async fn slow() -> (Arc<Slow>, Storage) {
    let slow = Arc::new(Slow { records: Arc::new(Simulated::new(NOW)), transactions: AtomicU64::new(0) });
    let store = Storage::open(Arc::clone(&slow) as _).await.unwrap();
    store.set_pool_limit("db", 1, None).await.unwrap();
    (slow, store)
}

async fn yield_turns(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// Begins a wait, and drops it after so many turns. Returns the number of transactions, also after the drop.
async fn abandon(slow: &Slow, store: &Storage, turns: usize) -> u64 {
    let before = slow.transactions.load(Ordering::SeqCst);
    let claim = SlotClaim::new("run", "step", &[("db", 1)]);
    let request = Acquire { claim, timeout_ms: None, renew: true, events: false };
    tokio::select! {
        biased;
        _ = store.acquire_slots(request, CancellationToken::new()) => panic!("it is granted, or has failed"),
        () = yield_turns(turns) => {}
    }
    yield_turns(100).await;
    slow.transactions.load(Ordering::SeqCst) - before
}

async fn counts(store: &Storage) -> (i64, i64) {
    let info = store.get_pool_info("db").await.unwrap();
    (info.claimed, info.pending)
}

#[tokio::test]
async fn a_wait_dropped_before_its_claim_claims_nothing() {
    let (slow, store) = slow().await;
    assert_eq!(abandon(&slow, &store, 0).await, 0);
    assert_eq!(counts(&store).await, (0, 0));
}

#[tokio::test]
async fn a_wait_dropped_during_its_grant_leaves_no_lease() {
    let (slow, store) = slow().await;
    assert_eq!(abandon(&slow, &store, 1).await, 2, "the grant and its release");
    assert_eq!(counts(&store).await, (0, 0));
    recount::check(&slow.records);
}

#[tokio::test]
async fn a_wait_dropped_between_its_grant_and_the_answer_leaves_no_lease() {
    let (slow, store) = slow().await;
    store.claim_concurrency_slots(SlotClaim::new("run", "holder", &[("db", 1)])).await.unwrap();
    // The grant removes this queue entry, which wakes the wait: another task has its lease when the caller goes on.
    store.claim_concurrency_slots(SlotClaim::new("run", "step", &[("db", 1)])).await.unwrap();
    store.free_concurrency_slots("run", "holder", None).await.unwrap();
    assert_eq!(abandon(&slow, &store, 2).await, 2, "the grant and its release");
    assert_eq!(counts(&store).await, (0, 0));
    recount::check(&slow.records);
}

#[tokio::test]
async fn a_wait_dropped_while_it_is_queued_leaves_no_entry() {
    let (slow, store) = slow().await;
    store.claim_concurrency_slots(SlotClaim::new("run", "holder", &[("db", 1)])).await.unwrap();
    assert_eq!(abandon(&slow, &store, 1).await, 2, "the claim, and the removal of its entry");
    assert_eq!(counts(&store).await, (1, 0));
    recount::check(&slow.records);
}
