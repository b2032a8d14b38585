//! A transaction on keys and values. A reading one reads a snapshot. A writing one buffers its writes until it commits. It
//! is the only writer, so it reads current rows, which change only by its own commit. A draft reads a snapshot, buffers
//! its writes, and cannot commit.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, MutexGuard};
use surrealdb_kvs::api::{BoxFut, ScanCursorKeys, ScanCursorVals, Transactable};
use surrealdb_kvs::{Direction, Error, Key, KeyRange, KeysResult, Result, ScanResult, Val};

use super::cursor::{Cursor, WrittenRow};
use super::view::KvView;
use super::{Backend, Writes};

pub struct KvTransaction {
    view: KvView,
    /// Rows that are read as if they were stored.
    overlay: Option<Arc<Writes>>,
    /// None in a transaction that only reads.
    writing: Option<Writing>,
    ended: AtomicBool,
}

struct Writing {
    /// None in a draft, which cannot commit.
    backend: Option<Backend>,
    buffer: Mutex<WriteBuffer>,
}

#[derive(Default)]
struct WriteBuffer {
    writes: Writes,
    /// The writes at each open savepoint.
    savepoints: Vec<Writes>,
}

impl KvTransaction {
    pub const fn reading(view: KvView) -> Self {
        Self { view, overlay: None, writing: None, ended: AtomicBool::new(false) }
    }

    pub const fn reading_with(view: KvView, overlay: Arc<Writes>) -> Self {
        Self { view, overlay: Some(overlay), writing: None, ended: AtomicBool::new(false) }
    }

    pub fn writing(backend: &Backend) -> Self {
        let writing = Writing { backend: Some(backend.clone()), buffer: Mutex::default() };
        Self { writing: Some(writing), ..Self::reading(KvView::current(backend)) }
    }

    /// A transaction that buffers writes and cannot commit.
    pub fn draft(view: KvView) -> Self {
        let writing = Writing { backend: None, buffer: Mutex::default() };
        Self { writing: Some(writing), ..Self::reading(view) }
    }

    /// Takes what was written so far. Empty in a transaction that only reads.
    pub fn take_writes(&self) -> Writes {
        self.buffer().map(|mut buffer| std::mem::take(&mut buffer.writes)).unwrap_or_default()
    }

    fn check(&self, version: Option<u64>) -> Result<()> {
        if version.is_some() {
            return Err(Error::UnsupportedVersionedQueries);
        }
        if self.closed() { Err(Error::TransactionFinished) } else { Ok(()) }
    }

    fn end(&self) -> Result<()> {
        if self.ended.swap(true, Ordering::AcqRel) { Err(Error::TransactionFinished) } else { Ok(()) }
    }

    fn buffer(&self) -> Result<MutexGuard<'_, WriteBuffer>> {
        let writing = self.writing.as_ref().ok_or(Error::TransactionReadonly)?;
        Ok(writing.buffer.lock())
    }

    fn find(&self, key: &[u8], version: Option<u64>) -> Result<Option<Val>> {
        self.check(version)?;
        if let Ok(buffer) = self.buffer()
            && let Some(written) = buffer.writes.get(key)
        {
            return Ok(written.clone());
        }
        if let Some(overlay) = &self.overlay
            && let Some(laid_over) = overlay.get(key)
        {
            return Ok(laid_over.clone());
        }
        self.view.get(key)
    }

    fn write(&self, key: Key<'_>, value: Option<Val>) -> Result<()> {
        self.check(None)?;
        self.buffer()?.writes.insert(key.into_vec(), value);
        Ok(())
    }

    /// Fails unless the current value is the expected one.
    fn write_if(&self, key: Key<'_>, expected: Option<&[u8]>, value: Option<Val>) -> Result<()> {
        if self.find(key.as_slice(), None)?.as_deref() != expected {
            return Err(Error::TransactionConditionNotMet);
        }
        self.write(key, value)
    }

    fn commit_now(&self) -> Result<()> {
        self.end()?;
        let backend = self.writing.as_ref().and_then(|writing| writing.backend.as_ref());
        backend.ok_or(Error::TransactionReadonly)?.commit(self.take_writes())
    }

    fn cursor(
        &self,
        range: &KeyRange<'_>,
        direction: Direction,
        skip: u32,
        version: Option<u64>,
    ) -> Result<Cursor<'_>> {
        self.check(version)?;
        Cursor::new(self.view.rows(range, direction), self.written(range), direction, skip)
    }

    fn written(&self, range: &KeyRange<'_>) -> Vec<WrittenRow> {
        if let Some(overlay) = &self.overlay {
            return rows_within(overlay, range);
        }
        self.buffer().map(|buffer| rows_within(&buffer.writes, range)).unwrap_or_default()
    }
}

fn rows_within(writes: &Writes, range: &KeyRange<'_>) -> Vec<WrittenRow> {
    if range.is_empty() {
        return Vec::new();
    }
    let bounds = (Bound::Included(range.start.as_slice()), Bound::Excluded(range.end.as_slice()));
    writes.range::<[u8], _>(bounds).map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl Transactable for KvTransaction {
    fn kind(&self) -> &'static str {
        match self.view {
            KvView::Memory(_) | KvView::MemorySnapshot(_) => "memory",
            KvView::Files(_) | KvView::FileSnapshot(_) => "rocksdb",
        }
    }

    fn closed(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn writeable(&self) -> bool {
        self.writing.is_some()
    }

    fn cancel(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async { self.end() })
    }

    fn commit(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async { self.commit_now() })
    }

    fn exists<'a>(&'a self, key: Key<'a>, version: Option<u64>) -> BoxFut<'a, Result<bool>> {
        Box::pin(async move { Ok(self.find(key.as_slice(), version)?.is_some()) })
    }

    fn get<'a>(&'a self, key: Key<'a>, version: Option<u64>) -> BoxFut<'a, Result<Option<Val>>> {
        Box::pin(async move { self.find(key.as_slice(), version) })
    }

    fn set<'a>(&'a self, key: Key<'a>, val: Val) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.write(key, Some(val)) })
    }

    fn put<'a>(&'a self, key: Key<'a>, val: Val) -> BoxFut<'a, Result<()>> {
        Box::pin(async move {
            if self.find(key.as_slice(), None)?.is_some() {
                return Err(Error::TransactionKeyAlreadyExists);
            }
            self.write(key, Some(val))
        })
    }

    fn putc<'a>(&'a self, key: Key<'a>, val: Val, chk: Option<Val>) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.write_if(key, chk.as_deref(), Some(val)) })
    }

    fn del<'a>(&'a self, key: Key<'a>) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.write(key, None) })
    }

    fn delc<'a>(&'a self, key: Key<'a>, chk: Option<&'a [u8]>) -> BoxFut<'a, Result<()>> {
        Box::pin(async move { self.write_if(key, chk, None) })
    }

    fn keys<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<KeysResult>> {
        Box::pin(async move { self.cursor(&rng, Direction::Forward, skip, version)?.into_keys(limit) })
    }

    fn keysr<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<KeysResult>> {
        Box::pin(async move { self.cursor(&rng, Direction::Backward, skip, version)?.into_keys(limit) })
    }

    fn scan<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<ScanResult>> {
        Box::pin(async move { self.cursor(&rng, Direction::Forward, skip, version)?.into_rows(limit) })
    }

    fn scanr<'a>(
        &'a self,
        rng: KeyRange<'a>,
        limit: u32,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<ScanResult>> {
        Box::pin(async move { self.cursor(&rng, Direction::Backward, skip, version)?.into_rows(limit) })
    }

    fn open_keys_cursor<'a>(
        &'a self,
        rng: KeyRange<'a>,
        dir: Direction,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<Box<dyn ScanCursorKeys + 'a>>> {
        Box::pin(async move { Ok(Box::new(self.cursor(&rng, dir, skip, version)?) as Box<dyn ScanCursorKeys>) })
    }

    fn open_vals_cursor<'a>(
        &'a self,
        rng: KeyRange<'a>,
        dir: Direction,
        skip: u32,
        version: Option<u64>,
    ) -> BoxFut<'a, Result<Box<dyn ScanCursorVals + 'a>>> {
        Box::pin(async move { Ok(Box::new(self.cursor(&rng, dir, skip, version)?) as Box<dyn ScanCursorVals>) })
    }

    fn new_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async {
            let mut buffer = self.buffer()?;
            let writes = buffer.writes.clone();
            buffer.savepoints.push(writes);
            Ok(())
        })
    }

    fn release_last_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async {
            self.buffer()?.savepoints.pop();
            Ok(())
        })
    }

    fn rollback_to_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async {
            let mut buffer = self.buffer()?;
            buffer.writes = buffer.savepoints.pop().ok_or(Error::NoSavepoint)?;
            Ok(())
        })
    }
}
