//! The files of an embedded store: `RocksDB`, for one writer.
//!
//! The engine's own use of it is for many writers: a transaction takes a snapshot and locks, checks at
//! its commit whether another one was faster, and hands the sync of its log to a thread. Here the commit
//! lane is the only writer, so a commit is one batch, written and synced on the spot: that is half the
//! time of a commit, and 40 MB of locks less (docs/performance.md). What is in the files is the same,
//! and each opens what the other made.

mod cursor;
mod options;
mod transaction;
mod view;

use std::path::Path;
use std::sync::Arc;

use rocksdb::{DB, FlushOptions, ReadOptions, WaitForCompactOptions, WriteOptions};
use surrealdb_kvs::api::{BoxFut, Transactable};
use surrealdb_kvs::{Error, Metrics, Result, TransactionBuilder, TransactionType};

use self::transaction::Transaction;
use self::view::View;
use crate::config::{Durability, Settings};

/// So long a shutdown waits for the compactions that its own flush brought about.
const COMPACTION_WAIT_MICROS: u64 = 2_000_000;

pub struct Datastore {
    files: Arc<Files>,
}

struct Files {
    db: DB,
    /// Both are made once, because making one costs as much as a small read.
    reading: ReadOptions,
    writing: WriteOptions,
}

impl Datastore {
    pub fn open(path: &Path, settings: &Settings) -> Result<Self> {
        let db = DB::open(&options::of(settings), unicode(path)?).map_err(failed)?;
        let mut writing = WriteOptions::default();
        writing.set_sync(settings.durability == Durability::Commit);
        Ok(Self { files: Arc::new(Files { db, reading: ReadOptions::default(), writing }) })
    }

    /// So that the next opening has no log to read.
    fn end(&self) -> Result<()> {
        let db = &self.files.db;
        let mut waiting = FlushOptions::default();
        waiting.set_wait(true);
        let mut compactions = WaitForCompactOptions::default();
        compactions.set_timeout(COMPACTION_WAIT_MICROS);
        let flushed = db.flush_wal(true).and_then(|()| db.flush_opt(&waiting));
        if flushed.is_ok() {
            // One that is cut short begins again when the store is opened.
            drop(db.wait_for_compact(&compactions));
        }
        db.cancel_all_background_work(true);
        flushed.map_err(failed)
    }
}

impl TransactionBuilder for Datastore {
    fn name(&self) -> &'static str {
        "rocksdb"
    }

    fn new_transaction(&self, kind: TransactionType) -> BoxFut<'_, Result<(Box<dyn Transactable>, bool)>> {
        let files = Arc::clone(&self.files);
        let transaction = match kind {
            TransactionType::Read => Transaction::reading(View::of_now(files)),
            TransactionType::Write => Transaction::writing(files),
        };
        Box::pin(std::future::ready(Ok((Box::new(transaction) as Box<dyn Transactable>, true))))
    }

    fn shutdown(&self) -> BoxFut<'_, Result<()>> {
        Box::pin(std::future::ready(self.end()))
    }

    fn register_metrics(&self) -> Option<Metrics> {
        None
    }

    fn collect_u64_metric(&self, _: &str) -> Option<u64> {
        None
    }
}

/// In `RocksDB`'s own words, by which `errors` tells what it means.
fn failed(error: rocksdb::Error) -> Error {
    Error::Transaction(error.into_string())
}

/// Another path would be opened in place of one that is not.
fn unicode(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::Datastore("IO error: the path is not Unicode".to_owned()))
}
