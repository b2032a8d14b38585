//! Queue entries of native waits name their process, and go with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rivers_storage::pools::{Acquire, Gone, SlotClaim, beat, recover};
use rivers_storage::records::{Key, Records, Row, Table, Write};
use rivers_storage_testing::{Simulated, Storage, open, recount, store};
use tokio_util::sync::CancellationToken;

fn claim(run: &str) -> SlotClaim {
    SlotClaim::new(run, "s", &[("db", 1)])
}

/// A held pool, with a claim that is repeated and a native wait in its queue.
async fn queue() -> (Arc<Simulated>, Storage) {
    let (records, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    store.claim_concurrency_slots(claim("holder")).await.unwrap();
    store.claim_concurrency_slots(claim("polls")).await.unwrap();
    wait(&store, "waits", 2).await;
    (records, store)
}

/// Enters the queue, which has `pending` entries then.
async fn wait(store: &Storage, run: &str, pending: i64) {
    let (waiter, claim) = (store.clone(), claim(run));
    let request = Acquire { claim, timeout_ms: None, renew: false, events: false };
    tokio::spawn(async move { waiter.acquire_slots(request, CancellationToken::new()).await });
    while store.get_pool_info("db").await.unwrap().pending < pending {
        tokio::task::yield_now().await;
    }
}

fn rows(records: &Simulated, table: Table) -> Vec<(Key, Row)> {
    records.rows().into_iter().filter(|(key, _)| key.table == table).collect()
}

async fn runs(store: &Storage) -> Vec<String> {
    store.get_pool_waiters("db").await.unwrap().into_iter().map(|waiter| waiter.run_id).collect()
}

fn processes(records: &Simulated) -> BTreeSet<String> {
    let processes = rows(records, Table::Process).into_iter().map(|(_, mut row)| row.take("process").unwrap());
    processes.collect()
}

/// The processes that the entries of the queue name.
fn named(records: &Simulated) -> BTreeSet<String> {
    let named = rows(records, Table::Waiter).into_iter().filter_map(|(_, mut row)| row.take("process").unwrap());
    named.collect()
}

#[tokio::test]
async fn a_native_wait_names_a_process_that_has_a_row() {
    let (records, _store) = queue().await;
    assert_eq!(named(&records).len(), 1, "a claim that is repeated expires by itself");
    assert_eq!(named(&records), processes(&records));
}

#[tokio::test]
async fn the_next_owner_removes_the_waits_of_the_process_before_it() {
    let (records, _store) = queue().await;
    let before = processes(&records);
    let records = Arc::new(records.restarted());
    let store = open(&records).await;
    assert_eq!(runs(&store).await, ["polls"]);
    assert_eq!(processes(&records).len(), 1);
    assert_eq!(processes(&records).intersection(&before).count(), 0);
    recount::check(&records);
}

#[tokio::test]
async fn only_processes_that_are_named_as_gone_lose_their_waits() {
    let (records, store) = queue().await;
    let gone: BTreeSet<_> = processes(&records).into_iter().map(Into::into).collect();
    recover(&store, &"other".into(), Gone::These(BTreeSet::new(), i64::MAX)).await.unwrap();
    assert_eq!(runs(&store).await, ["polls", "waits"]);
    recover(&store, &"other".into(), Gone::These(gone, i64::MAX)).await.unwrap();
    assert_eq!(runs(&store).await, ["polls"]);
    assert_eq!(processes(&records), BTreeSet::from(["other".to_owned()]));
    recount::check(&records);
}

#[tokio::test]
async fn a_native_wait_without_a_process_is_removed_at_the_opening() {
    let (records, store) = queue().await;
    let waiters = rows(&records, Table::Waiter).into_iter().map(|(key, mut row)| {
        row.take::<Option<String>>("process").unwrap();
        Write::Set(key, row)
    });
    let older: Vec<Write> = waiters.collect();
    let written = store.transact(older, |tx, older| {
        Box::pin(async move {
            for write in older {
                if let Write::Set(key, row) = write.clone() {
                    tx.set(key, row);
                }
            }
            Ok(())
        })
    });
    written.await.unwrap();
    assert_eq!(named(&records), BTreeSet::new());
    let records = Arc::new(records.restarted());
    let store = open(&records).await;
    assert_eq!(runs(&store).await, ["polls"]);
    recount::check(&records);
}

#[tokio::test]
async fn a_store_that_is_closed_has_no_process() {
    let (records, store) = store().await;
    assert_eq!(processes(&records).len(), 1);
    store.open.close().await.unwrap();
    assert_eq!(processes(&records), BTreeSet::new());
}

/// In a store that several processes have open: the process that waits shows itself beside its claim, perhaps later.
#[tokio::test]
async fn a_wait_that_begins_is_not_removed_because_its_process_was_silent_before() {
    let (records, store) = store().await;
    store.set_pool_limit("db", 1, None).await.unwrap();
    store.claim_concurrency_slots(claim("holder")).await.unwrap();
    let waiting = records.context().process().clone();
    let elected = "elected".into();
    beat(&store, &waiting, 0, false).await.unwrap();
    store.advance_time(60_000).await.unwrap();
    wait(&store, "waits", 1).await;
    beat(&store, &elected, 0, true).await.unwrap();
    assert_eq!(runs(&store).await, ["waits"]);
    store.advance_time(60_000).await.unwrap();
    beat(&store, &elected, 0, true).await.unwrap();
    assert_eq!(runs(&store).await, [""; 0]);
    recount::check(&records);
}
