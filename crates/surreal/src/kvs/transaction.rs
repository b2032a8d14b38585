//! A transaction: it keeps what it writes to itself until it commits. There is one writer, so what it
//! reads does not change meanwhile.

use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, MutexGuard};
use surrealdb_kvs::api::{BoxFut, ScanCursorKeys, ScanCursorVals, Transactable};
use surrealdb_kvs::{Direction, Error, Key, KeyRange, KeysResult, Result, ScanResult, Val};

use super::cursor::{Cursor, Written};
use super::view::View;
use super::{Stored, Writes};

pub struct Transaction {
    view: View,
    /// None if it only reads.
    writing: Option<Writing>,
    ended: AtomicBool,
}

struct Writing {
    stored: Stored,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    writes: Writes,
    /// What was written at each savepoint that is open.
    savepoints: Vec<Writes>,
}

impl Transaction {
    pub const fn reading(view: View) -> Self {
        Self { view, writing: None, ended: AtomicBool::new(false) }
    }

    pub fn writing(stored: Stored) -> Self {
        let view = View::latest(&stored);
        let writing = Writing { stored, inside: Mutex::default() };
        Self { view, writing: Some(writing), ended: AtomicBool::new(false) }
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

    fn inside(&self) -> Result<MutexGuard<'_, Inside>> {
        let writing = self.writing.as_ref().ok_or(Error::TransactionReadonly)?;
        Ok(writing.inside.lock())
    }

    fn find(&self, key: &[u8], version: Option<u64>) -> Result<Option<Val>> {
        self.check(version)?;
        if let Ok(inside) = self.inside()
            && let Some(written) = inside.writes.get(key)
        {
            return Ok(written.clone());
        }
        self.view.get(key)
    }

    fn write(&self, key: Key<'_>, value: Option<Val>) -> Result<()> {
        self.check(None)?;
        self.inside()?.writes.insert(key.into_vec(), value);
        Ok(())
    }

    /// If what is there is what was expected.
    fn write_if(&self, key: Key<'_>, expected: Option<&[u8]>, value: Option<Val>) -> Result<()> {
        if self.find(key.as_slice(), None)?.as_deref() != expected {
            return Err(Error::TransactionConditionNotMet);
        }
        self.write(key, value)
    }

    fn commit_now(&self) -> Result<()> {
        self.end()?;
        let writing = self.writing.as_ref().ok_or(Error::TransactionReadonly)?;
        let writes = std::mem::take(&mut self.inside()?.writes);
        writing.stored.commit(writes)
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

    fn written(&self, range: &KeyRange<'_>) -> Vec<Written> {
        let Ok(inside) = self.inside() else { return Vec::new() };
        if range.is_empty() {
            return Vec::new();
        }
        let bounds = (Bound::Included(range.start.as_slice()), Bound::Excluded(range.end.as_slice()));
        inside.writes.range::<[u8], _>(bounds).map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

impl Transactable for Transaction {
    fn kind(&self) -> &'static str {
        match self.view {
            View::Memory(_) | View::MemoryThen(_) => "memory",
            View::Files(_) | View::FilesThen(_) => "rocksdb",
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
            let mut inside = self.inside()?;
            let writes = inside.writes.clone();
            inside.savepoints.push(writes);
            Ok(())
        })
    }

    fn release_last_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async {
            self.inside()?.savepoints.pop();
            Ok(())
        })
    }

    fn rollback_to_save_point(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(async {
            let mut inside = self.inside()?;
            inside.writes = inside.savepoints.pop().ok_or(Error::NoSavepoint)?;
            Ok(())
        })
    }
}
