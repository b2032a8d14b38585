//! The transaction that SurrealDB's executor gets. It reads one snapshot, takes writes only in a draft, and serves no read
//! once the query has to end.

use std::sync::{Arc, OnceLock};

use rivers_storage::Error as StorageError;
use rivers_storage_surreal::Snapshot;
use surrealdb_kvs::api::{
    BoxFut, KeyVisitor, KeysBatch, ScanChunkStats, ScanCursorKeys, ScanCursorVals, Transactable, ValVisitor, ValsBatch,
};
use surrealdb_kvs::{
    Direction, Error, Key, KeyRange, KeysResult, Metrics, Result, ScanResult, TransactionBuilder, TransactionType, Val,
};

use crate::statements::stop_points;
use crate::stop::Stop;

/// A snapshot as SurrealDB's transaction.
#[derive(Clone)]
pub struct QueryTransaction {
    snapshot: Arc<Snapshot>,
    stop: Arc<Stop>,
    /// The first read that failed. The executor keeps only its text.
    failure: Arc<OnceLock<StorageError>>,
    may_write: bool,
}

impl QueryTransaction {
    pub fn reading(snapshot: Snapshot, stop: Arc<Stop>) -> Self {
        Self { snapshot: Arc::new(snapshot), stop, failure: Arc::default(), may_write: false }
    }

    /// For definitions. Their writes are never stored.
    pub fn draft(snapshot: Snapshot) -> Self {
        Self { may_write: true, ..Self::reading(snapshot, Arc::default()) }
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub fn failure(&self) -> Option<&StorageError> {
        self.failure.get()
    }

    /// Pends for ever once the query has to end.
    async fn rows(&self) -> &dyn Transactable {
        self.stop.pend_if_ended().await;
        self.snapshot.transaction()
    }

    fn writable_rows(&self) -> Result<&dyn Transactable> {
        if self.may_write { Ok(self.snapshot.transaction()) } else { Err(Error::TransactionReadonly) }
    }

    /// Called between two rows, where the code cannot await.
    fn fail_if_ended(&self) -> Result<()> {
        if self.stop.reason_to_end().is_some() { Err(ended()) } else { Ok(()) }
    }

    /// Keeps the failure of a read for [`failure`](Self::failure).
    fn keep_failure<T>(&self, read: Result<T>) -> Result<T> {
        read.map_err(|error| match error {
            // The executor asks for versions to learn whether there are any.
            Error::UnsupportedVersionedQueries => error,
            _ if self.stop.reason_to_end().is_some() => error,
            _ => {
                let text = error.to_string();
                self.failure.get_or_init(|| self.snapshot.read_error(error));
                Error::Transaction(text)
            }
        })
    }
}

fn ended() -> Error {
    Error::Transaction("the query has ended".to_owned())
}

impl Transactable for QueryTransaction {
    fn kind(&self) -> &'static str {
        self.snapshot.transaction().kind()
    }

    fn closed(&self) -> bool {
        self.snapshot.transaction().closed()
    }

    fn writeable(&self) -> bool {
        self.may_write
    }

    fn cancel(&self) -> BoxFut<'_, Result<()>> {
        self.snapshot.transaction().cancel()
    }

    fn commit(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async { Err(Error::TransactionReadonly) })
    }

    fn exists<'a>(&'a self, key: Key<'a>, version: Option<u64>) -> BoxFut<'a, Result<bool>> {
        Box::pin(async move { self.keep_failure(self.rows().await.exists(key, version).await) })
    }

    fn get<'a>(&'a self, key: Key<'a>, version: Option<u64>) -> BoxFut<'a, Result<Option<Val>>> {
        Box::pin(async move {
            let rows = self.rows().await;
            if stop_points::is_stop_point(&key) { Ok(None) } else { self.keep_failure(rows.get(key, version).await) }
        })
    }

    /// Definitions read with a lock. A draft has no other writer, so it takes none.
    fn getu<'a>(&'a self, key: Key<'a>) -> BoxFut<'a, Result<Option<Val>>> {
        Box::pin(async move { self.keep_failure(self.writable_rows()?.get(key, None).await) })
    }

    fn set<'a>(&'a self, key: Key<'a>, val: Val) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.writable_rows()?.set(key, val).await })
    }

    fn put<'a>(&'a self, key: Key<'a>, val: Val) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.writable_rows()?.put(key, val).await })
    }

    fn putc<'a>(&'a self, key: Key<'a>, val: Val, chk: Option<Val>) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.writable_rows()?.putc(key, val, chk).await })
    }

    fn del<'a>(&'a self, key: Key<'a>) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.writable_rows()?.del(key).await })
    }

    fn delc<'a>(&'a self, key: Key<'a>, chk: Option<&'a [u8]>) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.writable_rows()?.delc(key, chk).await })
    }

    fn keys<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<KeysResult>> {
        Box::pin(async move { self.keep_failure(self.rows().await.keys(rng, limit, skip, version).await) })
    }

    fn keysr<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<KeysResult>> {
        Box::pin(async move { self.keep_failure(self.rows().await.keysr(rng, limit, skip, version).await) })
    }

    fn scan<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<ScanResult>> {
        Box::pin(async move { self.keep_failure(self.rows().await.scan(rng, limit, skip, version).await) })
    }

    fn scanr<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<ScanResult>> {
        Box::pin(async move { self.keep_failure(self.rows().await.scanr(rng, limit, skip, version).await) })
    }

    fn open_keys_cursor<'a>(
        &'a self,
        rng: KeyRange<'a>,
        dir: Direction,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<Box<dyn ScanCursorKeys + 'a>>> {
        Box::pin(async move {
            let cursor = self.keep_failure(self.rows().await.open_keys_cursor(rng, dir, skip, version).await)?;
            Ok(Box::new(QueryCursor { cursor, transaction: self }) as Box<dyn ScanCursorKeys>)
        })
    }

    fn open_vals_cursor<'a>(
        &'a self,
        rng: KeyRange<'a>,
        dir: Direction,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<Box<dyn ScanCursorVals + 'a>>> {
        Box::pin(async move {
            let cursor = self.keep_failure(self.rows().await.open_vals_cursor(rng, dir, skip, version).await)?;
            Ok(Box::new(QueryCursor { cursor, transaction: self }) as Box<dyn ScanCursorVals>)
        })
    }

    fn new_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async { self.writable_rows()?.new_save_point().await })
    }

    fn release_last_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async { self.writable_rows()?.release_last_save_point().await })
    }

    fn rollback_to_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async { self.writable_rows()?.rollback_to_save_point().await })
    }
}

struct QueryCursor<'t, C: ?Sized> {
    cursor: Box<C>,
    transaction: &'t QueryTransaction,
}

impl ScanCursorKeys for QueryCursor<'_, dyn ScanCursorKeys + '_> {
    fn next_batch(&mut self, limit: u32) -> BoxFut<'_, Result<KeysBatch<'_>>> {
        Box::pin(async move {
            self.transaction.stop.pend_if_ended().await;
            self.transaction.keep_failure(self.cursor.next_batch(limit).await)
        })
    }

    fn for_each<'s>(&'s mut self, limit: u32, visit: &'s mut dyn KeyVisitor) -> BoxFut<'s, Result<ScanChunkStats>> {
        let transaction = self.transaction;
        let mut visit = move |key: &[u8]| {
            transaction.fail_if_ended()?;
            visit(key)
        };
        Box::pin(async move { transaction.keep_failure(self.cursor.for_each(limit, &mut visit).await) })
    }
}

impl ScanCursorVals for QueryCursor<'_, dyn ScanCursorVals + '_> {
    fn next_batch(&mut self, limit: u32) -> BoxFut<'_, Result<ValsBatch<'_>>> {
        Box::pin(async move {
            self.transaction.stop.pend_if_ended().await;
            self.transaction.keep_failure(self.cursor.next_batch(limit).await)
        })
    }

    fn for_each<'s>(&'s mut self, limit: u32, visit: &'s mut dyn ValVisitor) -> BoxFut<'s, Result<ScanChunkStats>> {
        let transaction = self.transaction;
        let mut visit = move |key: &[u8], value: &[u8]| {
            transaction.fail_if_ended()?;
            visit(key, value)
        };
        Box::pin(async move { transaction.keep_failure(self.cursor.for_each(limit, &mut visit).await) })
    }
}

/// Builds one transaction, the given one, and refuses every other.
pub struct GivenTransaction(pub OnceLock<QueryTransaction>);

impl TransactionBuilder for GivenTransaction {
    fn name(&self) -> &'static str {
        "snapshot"
    }

    fn new_transaction(&self, kind: TransactionType) -> BoxFut<'_, Result<(Box<dyn Transactable>, bool)>> {
        let is_write = matches!(kind, TransactionType::Write);
        let given = self.0.get().filter(|given| given.may_write || !is_write).cloned();
        let begun = given.map(|given| (Box::new(given) as Box<dyn Transactable>, true));
        Box::pin(std::future::ready(begun.ok_or(Error::TransactionReadonly)))
    }

    fn shutdown(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn register_metrics(&self) -> Option<Metrics> {
        None
    }

    fn collect_u64_metric(&self, _: &str) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use rivers_storage::clock::Clock;
    use rivers_storage_surreal::{Overlay, memory};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_transaction_of_a_query_refuses_every_write() {
        let handle = memory(Clock::manual(0)).await.unwrap();
        let snapshot = handle.snapshots().unwrap().read(&Overlay::default()).unwrap();
        let given = GivenTransaction(OnceLock::from(QueryTransaction::reading(snapshot, Arc::default())));
        assert!(given.new_transaction(TransactionType::Write).await.is_err());
        let (transaction, _) = given.new_transaction(TransactionType::Read).await.unwrap();
        assert!(!transaction.writeable());
        let key = || Key::from(b"/k".as_slice());
        let refusals = [
            transaction.set(key(), vec![1]).await,
            transaction.put(key(), vec![1]).await,
            transaction.putc(key(), vec![1], None).await,
            transaction.replace(key(), vec![1]).await,
            transaction.del(key()).await,
            transaction.delc(key(), None).await,
            transaction.clr(key()).await,
            transaction.clrc(key(), None).await,
            transaction.new_save_point().await,
            transaction.commit().await,
        ];
        assert!(refusals.iter().all(|refusal| matches!(refusal, Err(Error::TransactionReadonly))), "{refusals:?}");
        assert!(transaction.getu(key()).await.is_err());
        drop(transaction);
        drop(given);
        handle.close().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_query_that_has_to_end_reads_nothing() {
        let handle = memory(Clock::manual(0)).await.unwrap();
        let stop = Arc::<Stop>::default();
        let snapshot = handle.snapshots().unwrap().read(&Overlay::default()).unwrap();
        let transaction = QueryTransaction::reading(snapshot, Arc::clone(&stop));
        let all = || KeyRange::from(b"/".to_vec()..b"0".to_vec());
        assert!(!transaction.keys(all(), 9, 0, None).await.unwrap().keys.is_empty());
        let mut cursor = transaction.open_vals_cursor(all(), Direction::Forward, 0, None).await.unwrap();
        stop.end(StorageError::closed());
        let mut visited = 0;
        let visit = &mut |_: &[u8], _: &[u8]| {
            visited += 1;
            Ok(std::ops::ControlFlow::Continue(()))
        };
        assert!(cursor.for_each(9, visit).await.is_err());
        assert_eq!(visited, 0);
        // These never resolve.
        assert!(cursor.next_batch(9).now_or_never().is_none());
        drop(cursor);
        assert!(transaction.get(Key::from(b"/k".as_slice()), None).now_or_never().is_none());
        // Its end is no failure of the store.
        assert!(transaction.failure().is_none());
        drop(transaction);
        handle.close().await.unwrap();
    }
}
