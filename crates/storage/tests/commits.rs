//! Waits and kept leases follow the committed rows, whichever operation wrote them: each test writes a row by
//! `Tx` alone.

use std::sync::Arc;

use rivers_storage::key;
use rivers_storage::pools::{Acquire, SlotClaim, SlotLease};
use rivers_storage::records::{Key, Range, Row, Table, Write};
use rivers_storage::{Code, Result};
use rivers_storage_testing::{Simulated, Storage, code, store};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn request(run: &str) -> Acquire {
    let claim = SlotClaim::new(run, "s", &[("db", 1)]);
    Acquire { claim, timeout_ms: None, renew: false, events: false }
}

/// A pool of one slot, the lease that holds it, and a wait for it.
struct Waited {
    records: Arc<Simulated>,
    store: Storage,
    lease: SlotLease,
    wait: JoinHandle<Result<SlotLease>>,
}

impl Waited {
    async fn new() -> Self {
        let (records, store) = store().await;
        store.set_pool_limit("db", 1, None).await.unwrap();
        let lease = store.acquire_slots(request("holder"), CancellationToken::new()).await.unwrap();
        let waiter = store.clone();
        let wait = tokio::spawn(async move { waiter.acquire_slots(request("waiter"), CancellationToken::new()).await });
        while store.get_pool_info("db").await.unwrap().pending == 0 {
            tokio::task::yield_now().await;
        }
        settle().await;
        Self { records, store, lease, wait }
    }

    fn row(&self, prefix: &Key) -> (Key, Row) {
        let rows = self.records.rows();
        let mut found = rows.into_iter().filter(|(key, _)| Range::under(prefix.clone()).contains(key));
        found.next().expect("a row")
    }

    /// Whether the wait was looked at for the writes alone: a look reads the pool.
    async fn is_woken_by(&self, writes: Vec<Write>) -> bool {
        let before = self.records.reads();
        self.write(writes).await;
        settle().await;
        self.records.reads() > before
    }

    async fn write(&self, writes: Vec<Write>) {
        let written = self.store.transact(writes, |tx, writes| {
            Box::pin(async move {
                for write in writes {
                    match write.clone() {
                        Write::Set(key, row) => tx.set(key, row),
                        Write::Delete(key) => tx.delete(key),
                    }
                }
                Ok(())
            })
        });
        written.await.unwrap();
    }
}

/// All tasks that can run have run.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_row_of_a_pool_wakes() {
    let waited = Waited::new().await;
    let (key, mut row) = waited.row(&key!(Table::Pool));
    row.take::<i64>("slot_limit").unwrap();
    waited.write(vec![Write::Set(key, row.with("slot_limit", 2_i64))]).await;
    let granted = waited.wait.await.unwrap().expect("both fit");
    assert_eq!(granted.grant().run_id, "waiter");
}

#[tokio::test]
async fn a_removed_row_of_a_slot_wakes() {
    let waited = Waited::new().await;
    let (key, _) = waited.row(&key!(Table::Slot));
    assert!(waited.is_woken_by(vec![Write::Delete(key)]).await);
}

#[tokio::test]
async fn a_row_of_a_slot_that_expires_earlier_wakes() {
    let waited = Waited::new().await;
    let (mut key, row) = waited.row(&key!(Table::Slot));
    key.parts[2] = waited.store.now().into();
    assert!(waited.is_woken_by(vec![Write::Set(key, row)]).await);
}

#[tokio::test]
async fn a_slot_that_a_renewal_moves_does_not_wake() {
    let waited = Waited::new().await;
    let (key, row) = waited.row(&key!(Table::Slot));
    let mut later = key.clone();
    later.parts[2] = (waited.store.now() + 3_600_000).into();
    assert!(!waited.is_woken_by(vec![Write::Delete(key), Write::Set(later, row)]).await);
}

#[tokio::test]
async fn a_row_of_a_queue_wakes() {
    let waited = Waited::new().await;
    let (key, row) = waited.row(&key!(Table::PoolQueue));
    assert!(waited.is_woken_by(vec![Write::Set(key.clone(), row)]).await);
    assert!(waited.is_woken_by(vec![Write::Delete(key)]).await);
}

#[tokio::test]
async fn a_row_by_which_a_queue_entry_expires_wakes() {
    let waited = Waited::new().await;
    let (slot, row) = waited.row(&key!(Table::Slot));
    let mut key = Key { table: Table::PlaceEnd, ..slot };
    key.parts[2] = waited.store.now().into();
    assert!(waited.is_woken_by(vec![Write::Set(key, row)]).await);
}

#[tokio::test]
async fn a_removed_row_of_a_waiter_ends_its_wait() {
    let waited = Waited::new().await;
    let (key, _) = waited.row(&key!(Table::Waiter));
    waited.write(vec![Write::Delete(key)]).await;
    assert_eq!(code(waited.wait.await.unwrap().map(|_| ())), Code::Cancelled);
}

#[tokio::test]
async fn a_row_of_a_cancellation_ends_the_wait() {
    let waited = Waited::new().await;
    waited.write(vec![Write::Set(key!(Table::Cancellation, "waiter"), Row::new().with("run_id", "waiter"))]).await;
    assert_eq!(code(waited.wait.await.unwrap().map(|_| ())), Code::Cancelled);
}

#[tokio::test]
async fn a_row_of_a_lease_reaches_the_kept_lease() {
    let waited = Waited::new().await;
    let (key, row) = waited.row(&key!(Table::Lease));
    let renewed_until = waited.store.now() + 3_600_000;
    let mut renewed = row.clone();
    renewed.take::<i64>("expires_at").unwrap();
    waited.write(vec![Write::Set(key.clone(), renewed.with("expires_at", renewed_until))]).await;
    assert_eq!(waited.lease.expires_at(), renewed_until);
    let mut taken_over = row;
    let token: i64 = taken_over.take("token").unwrap();
    waited.write(vec![Write::Set(key, taken_over.with("token", token + 1))]).await;
    assert_eq!(waited.lease.lost().expect("another grant").code(), Code::LeaseLost);
}

#[tokio::test]
async fn a_removed_row_of_a_lease_reaches_the_kept_lease() {
    let waited = Waited::new().await;
    let (key, _) = waited.row(&key!(Table::Lease));
    waited.write(vec![Write::Delete(key)]).await;
    assert_eq!(waited.lease.lost().expect("no grant").code(), Code::LeaseLost);
}

#[tokio::test]
async fn other_rows_do_not_wake() {
    let waited = Waited::new().await;
    assert!(!waited.is_woken_by(vec![Write::Set(key!(Table::Kv, "key"), Row::new().with("value", vec![1_u8]))]).await);
}
