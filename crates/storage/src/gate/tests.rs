use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::error::Code;

async fn counted(gate: &Gate<AtomicU32>) -> Result<()> {
    gate.close(|ends| {
        Box::pin(async {
            ends.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Err(Error::internal("the end failed"))
        })
    })
    .await
}

async fn is_pending(closing: Pin<&mut impl Future<Output = Result<()>>>) -> bool {
    tokio::time::timeout(Duration::from_millis(5), closing).await.is_err()
}

#[tokio::test]
async fn nobody_gets_in_once_it_is_shut() {
    let gate = Gate::new(AtomicU32::new(0));
    let inside = gate.enter().unwrap();
    gate.shut(|_| {});
    assert_eq!(gate.enter().err().map(|error| error.code()), Some(Code::Closed));
    assert!(gate.is_shut());
    assert_eq!(inside.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_end_comes_when_the_last_is_out() {
    let gate = Gate::new(AtomicU32::new(0));
    let (first, second) = (gate.enter().unwrap(), gate.enter().unwrap());
    let mut closing = pin!(counted(&gate));
    assert!(is_pending(closing.as_mut()).await);
    drop(first);
    assert!(gate.enter().is_err());
    assert!(is_pending(closing.as_mut()).await);
    assert_eq!(second.load(Ordering::SeqCst), 0);
    drop(second);
    assert!(closing.await.is_err());
}

#[tokio::test]
async fn all_who_close_share_one_end_and_its_answer() {
    let gate = Gate::new(AtomicU32::new(0));
    let (first, second) = tokio::join!(counted(&gate), counted(&gate));
    let third = counted(&gate).await;
    for answer in [first, second, third] {
        assert_eq!(answer.unwrap_err().message(), "the end failed");
    }
    assert_eq!(gate.inside.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn whoever_waits_inside_can_be_told() {
    let gate = Gate::new(Notify::new());
    let entered = gate.enter().unwrap();
    let waiting = tokio::spawn(async move { entered.notified().await });
    tokio::task::yield_now().await;
    gate.shut(Notify::notify_waiters);
    assert!(gate.close(|_| Box::pin(async { Ok(()) })).await.is_ok());
    assert!(waiting.is_finished());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_comes_and_goes_does_not_keep_it_open() {
    let gate = Gate::new(AtomicU32::new(0));
    let crowd: Vec<_> = (0..8)
        .map(|_| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                while let Ok(entered) = gate.enter() {
                    tokio::task::yield_now().await;
                    assert_eq!(entered.load(Ordering::SeqCst), 0, "the end came while somebody was inside");
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(counted(&gate).await.is_err());
    for one in crowd {
        one.await.unwrap();
    }
}
