//! The watch over those who wait, when somebody panics.

use std::sync::Arc;

use std::sync::atomic::{AtomicBool, Ordering};

use rivers_storage::Result;
use rivers_storage::pools::{Acquire, SlotClaim, SlotLease};
use rivers_storage::records::{Answer, BoxFuture, Context, Reads, Records, Step};
use rivers_storage_testing::NOW;
use rivers_storage_testing::{Simulated, Storage};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Records that panic in the next view, when told to.
struct Panicking {
    records: Simulated,
    armed: AtomicBool,
}

impl Records for Panicking {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        assert!(!self.armed.swap(false, Ordering::SeqCst), "as it is meant to");
        self.records.view()
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        self.records.transact(step)
    }

    fn context(&self) -> &Context {
        self.records.context()
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        self.records.close()
    }
}

fn request(step: &str) -> Acquire {
    let claim = SlotClaim::new("run", step, &[("db", 1)]);
    Acquire { claim, timeout_ms: None, renew: false, events: false }
}

/// A store with two who wait, the second of whom comes when the first is watched over already.
async fn waited_for() -> (Arc<Panicking>, Storage, Vec<JoinHandle<Result<SlotLease>>>) {
    let records = Arc::new(Panicking { records: Simulated::new(NOW), armed: AtomicBool::new(false) });
    let store = Storage::open(Arc::clone(&records) as _).await.unwrap();
    store.set_pool_limit("db", 1, None).await.unwrap();
    store.claim_concurrency_slots(SlotClaim::new("run", "holder", &[("db", 1)])).await.unwrap();
    let mut waits = Vec::new();
    for (before, step) in ["first", "second"].into_iter().enumerate() {
        let waiter = store.clone();
        waits.push(tokio::spawn(async move { waiter.acquire_slots(request(step), CancellationToken::new()).await }));
        while store.get_pool_waiters("db").await.unwrap().len() == before {
            tokio::task::yield_now().await;
        }
    }
    (records, store, waits)
}

#[test]
fn a_runtime_that_a_panic_ends_ends() {
    let panicked = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let _world = waited_for().await;
            panic!("as it is meant to");
        });
    });
    let panic = panicked.join().unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"as it is meant to"));
}

#[tokio::test]
async fn a_watch_that_a_panic_ended_is_followed_by_another() {
    let (records, store, waits) = waited_for().await;
    records.armed.store(true, Ordering::SeqCst);
    store.free_concurrency_slots("run", "holder", None).await.unwrap();
    while records.armed.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    store.set_pool_limit("db", 2, None).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(waits.iter().all(JoinHandle::is_finished), "slots are free for both");
}
