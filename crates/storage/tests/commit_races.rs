//! Commits that come while a wait reads the store, or between its grant and its lease.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};

use parking_lot::Mutex;
use rivers_storage::pools::{Acquire, ClaimStatus, SlotClaim, SlotLease};
use rivers_storage::records::{Answer, BoxFuture, Context, Reads, Records, Step};
use rivers_storage::{Code, Result};
use rivers_storage_testing::{NOW, Simulated, Storage, recount};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Records that run a call during a view, and hold back the answer of a transaction.
struct Paused {
    records: Simulated,
    /// Runs once, between a view of this time or later and its answer.
    during_view: Mutex<Option<(i64, BoxFuture<'static, ()>)>>,
    /// The next transaction is committed, and answers when this is sent.
    answer_after: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Records for Paused {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async {
            let view = self.records.view().await;
            let due = self.during_view.lock().take_if(|(from, _)| *from <= self.records.now());
            if let Some((_, call)) = due {
                call.await;
            }
            view
        })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(async {
            let answer = self.records.transact(step).await;
            let held = self.answer_after.lock().take();
            if let Some(sent) = held {
                sent.await.unwrap();
            }
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

async fn limited(limit: i64) -> (Arc<Paused>, Storage) {
    let (during_view, answer_after) = (Mutex::default(), Mutex::default());
    let records = Arc::new(Paused { records: Simulated::new(NOW), during_view, answer_after });
    let store = Storage::open(Arc::clone(&records) as _).await.unwrap();
    store.set_pool_limit("db", limit, Some(60_000)).await.unwrap();
    (records, store)
}

fn claim(step: &str) -> SlotClaim {
    SlotClaim::new("run", step, &[("db", 1)])
}

fn acquire(store: &Storage, step: &str) -> BoxFuture<'static, Result<SlotLease>> {
    let (store, claim) = (store.clone(), claim(step));
    let request = Acquire { claim, timeout_ms: None, renew: false, events: false };
    Box::pin(async move { store.acquire_slots(request, CancellationToken::new()).await })
}

/// Runs the future on this thread until it waits.
fn poll(future: &mut BoxFuture<'static, Result<SlotLease>>) -> Option<Result<SlotLease>> {
    match future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(lease) => Some(lease),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn an_expiry_committed_while_the_pool_is_looked_up_serves_the_wait() {
    let (records, store) = limited(1).await;
    store.claim_concurrency_slots(SlotClaim { lease_ms: Some(1000), ..claim("holder") }).await.unwrap();
    let wait = tokio::spawn(acquire(&store, "wait"));
    while store.get_pool_info("db").await.unwrap().pending == 0 {
        tokio::task::yield_now().await;
    }
    // The holder's expiry is looked up at that time: another claim takes the slot once the view is made.
    let urgent = SlotClaim { lease_ms: Some(500), priority: 1, ..claim("urgent") };
    let claiming = store.clone();
    let call = async move {
        let status = claiming.claim_concurrency_slots(urgent).await.unwrap();
        assert!(matches!(status, ClaimStatus::Claimed(_)));
    };
    *records.during_view.lock() = Some((NOW + 1000, Box::pin(call)));

    store.advance_time(1000).await.unwrap();
    assert!(records.during_view.lock().is_none(), "the claim was made");
    assert!(!wait.is_finished());
    store.advance_time(500).await.unwrap();
    let holders = store.get_pool_slot_holders("db").await.unwrap();
    assert_eq!(holders.iter().map(|holder| holder.step_key.as_str()).collect::<Vec<_>>(), ["wait"]);
    assert!(wait.await.unwrap().unwrap().is_live());
    recount::check(&records.records);
}

/// One commit ends both leases. The callback of the second runs while that commit notifies, when the first was looked
/// for already: there the first call goes on, and keeps its lease.
#[tokio::test]
async fn a_lease_that_is_lost_before_it_is_kept_learns_of_its_loss() {
    let (records, store) = limited(2).await;
    let second = acquire(&store, "second").await.unwrap();
    let (answer, held) = oneshot::channel();
    *records.answer_after.lock() = Some(held);
    let mut first = acquire(&store, "first");
    assert!(poll(&mut first).is_none());
    assert_eq!(store.get_pool_info("db").await.unwrap().claimed, 2, "the first is granted, and not yet kept");

    let acquired: Arc<Mutex<Option<SlotLease>>> = Arc::default();
    let kept = Arc::clone(&acquired);
    second.on_lost(Box::new(move |_| {
        answer.send(()).unwrap();
        *kept.lock() = Some(poll(&mut first).expect("it goes on").unwrap());
    }));
    assert_eq!(store.free_concurrency_slots_for_run("run").await.unwrap(), 2);
    let first = acquired.lock().take().expect("it was kept during the commit");
    assert_eq!(first.lost().map(|error| error.code()), Some(Code::LeaseLost));
    assert!(!first.is_live());
    recount::check(&records.records);
}
