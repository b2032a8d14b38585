//! What is stored in a directory.

mod options;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rocksdb::{DB, FlushOptions, ReadOptions, WaitForCompactOptions, WriteBatch, WriteOptions};
use surrealdb_kvs::{Error, Result};

use super::Writes;
use crate::config::{Durability, Settings};

/// So long a shutdown waits for the compactions that its own flush brought about.
const COMPACTION_WAIT_MICROS: u64 = 2_000_000;

static OPEN: Mutex<Vec<Weak<Files>>> = Mutex::new(Vec::new());

fn all_open() -> MutexGuard<'static, Vec<Weak<Files>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct Files {
    pub db: DB,
    /// Both are made once, because making one costs as much as a small read.
    pub reading: ReadOptions,
    writing: WriteOptions,
}

impl Files {
    pub fn open(path: &Path, settings: &Settings) -> Result<Arc<Self>> {
        let db = DB::open(&options::of(settings), unicode(path)?).map_err(failed)?;
        let mut writing = WriteOptions::default();
        writing.set_sync(settings.durability == Durability::Commit);
        let files = Arc::new(Self { db, reading: ReadOptions::default(), writing });
        let mut open = all_open();
        open.retain(|other| other.strong_count() > 0);
        open.push(Arc::downgrade(&files));
        Ok(files)
    }

    pub fn commit(&self, writes: &Writes) -> Result<()> {
        let mut batch = WriteBatch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            }
        }
        self.db.write_opt(batch, &self.writing).map_err(failed)
    }

    /// So that the next opening has no log to read.
    pub fn end(&self) -> Result<()> {
        let mut waiting = FlushOptions::default();
        waiting.set_wait(true);
        let mut compactions = WaitForCompactOptions::default();
        compactions.set_timeout(COMPACTION_WAIT_MICROS);
        let flushed = self.db.flush_wal(true).and_then(|()| self.db.flush_opt(&waiting));
        if flushed.is_ok() {
            // One that is cut short begins again when the store is opened.
            drop(self.db.wait_for_compact(&compactions));
        }
        self.db.cancel_all_background_work(true);
        flushed.map_err(failed)
    }
}

/// From now on the stores that are open, or are ending, end without what can be done when they are opened again.
/// They take no more writes than fit into their memory.
pub fn hurry() {
    let all: Vec<_> = all_open().iter().filter_map(Weak::upgrade).collect();
    for files in all {
        files.db.cancel_all_background_work(false);
    }
}

/// In `RocksDB`'s own words, by which `errors` tells what it means.
pub fn failed(error: rocksdb::Error) -> Error {
    Error::Transaction(error.into_string())
}

/// Another path would be opened in place of one that is not.
fn unicode(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::Datastore("IO error: the path is not Unicode".to_owned()))
}
