//! A caller that goes away in the middle of its claim, whose transaction may be stored all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rivers_storage::Result;
use rivers_storage::pools::{Acquire, SlotClaim};
use rivers_storage::records::{Answer, BoxFuture, Context, Reads, Records, Step};
use rivers_storage_testing::Simulated;
use rivers_storage_testing::{NOW, Storage, recount};
use tokio_util::sync::CancellationToken;

/// Records that let others have their turn before a view, and after a commit.
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

async fn passing(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// Asks, and goes away after so many turns. Returns how many transactions that was, until all was quiet.
async fn is_abandoned(slow: &Slow, store: &Storage, turns: usize) -> u64 {
    let before = slow.transactions.load(Ordering::SeqCst);
    let claim = SlotClaim::new("run", "step", &[("db", 1)]);
    let request = Acquire { claim, timeout_ms: None, renew: true, events: false };
    tokio::select! {
        biased;
        _ = store.acquire_slots(request, CancellationToken::new()) => panic!("it is granted, or has failed"),
        () = passing(turns) => {}
    }
    passing(100).await;
    slow.transactions.load(Ordering::SeqCst) - before
}

async fn counts(store: &Storage) -> (i64, i64) {
    let info = store.get_pool_info("db").await.unwrap();
    (info.claimed, info.pending)
}

#[tokio::test]
async fn who_goes_away_before_its_claim_is_begun_claims_nothing() {
    let (slow, store) = slow().await;
    assert_eq!(is_abandoned(&slow, &store, 0).await, 0);
    assert_eq!(counts(&store).await, (0, 0));
}

#[tokio::test]
async fn who_goes_away_while_it_is_granted_leaves_no_lease() {
    let (slow, store) = slow().await;
    assert_eq!(is_abandoned(&slow, &store, 1).await, 2, "the grant and its release");
    assert_eq!(counts(&store).await, (0, 0));
    recount::check(&slow.records);
}

#[tokio::test]
async fn who_goes_away_when_it_is_granted_but_has_not_heard_of_it_leaves_no_lease() {
    let (slow, store) = slow().await;
    store.claim_concurrency_slots(SlotClaim::new("run", "holder", &[("db", 1)])).await.unwrap();
    // The grant takes this place away, which calls on the wait: it is in other hands when its caller wants it.
    store.claim_concurrency_slots(SlotClaim::new("run", "step", &[("db", 1)])).await.unwrap();
    store.free_concurrency_slots("run", "holder", None).await.unwrap();
    assert_eq!(is_abandoned(&slow, &store, 2).await, 2, "the grant and its release");
    assert_eq!(counts(&store).await, (0, 0));
    recount::check(&slow.records);
}

#[tokio::test]
async fn who_goes_away_while_it_comes_to_the_queue_leaves_no_place() {
    let (slow, store) = slow().await;
    store.claim_concurrency_slots(SlotClaim::new("run", "holder", &[("db", 1)])).await.unwrap();
    assert_eq!(is_abandoned(&slow, &store, 1).await, 2, "the claim, and that it leaves");
    assert_eq!(counts(&store).await, (1, 0));
    recount::check(&slow.records);
}
