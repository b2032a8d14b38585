//! A store in RocksDB, in a folder.

mod options;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rivers_storage::Error as StorageError;
use rocksdb::{DB, FlushOptions, ReadOptions, WaitForCompactOptions, WriteBatch, WriteOptions};
use surrealdb_kvs::{Error, Result};

use super::Writes;
use crate::config::{Durability, Settings};
use crate::folder::{LockedFolder, OpenFolder, Recovered, of_another_database};
use crate::version;

/// How long a shutdown waits for the compactions that its own flush started.
const COMPACTION_WAIT_MICROS: u64 = 2_000_000;

static OPEN: Mutex<Vec<Weak<Files>>> = Mutex::new(Vec::new());

fn all_open() -> MutexGuard<'static, Vec<Weak<Files>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct Files {
    pub db: DB,
    /// These are made once, because making one costs as much as a small read.
    pub reading: ReadOptions,
    synced: WriteOptions,
    unsynced: WriteOptions,
    is_durable: bool,
    // After `db`: its end comes before the folder's.
    folder: OpenFolder,
}

impl Files {
    pub fn open(locked: LockedFolder, settings: &Settings) -> anyhow::Result<Arc<Self>> {
        let path = unicode(locked.engine_path())?.to_owned();
        let has_store = locked.has_store();
        if has_store {
            locked.prove(&recovered(&locked, &path, settings)?)?;
        }
        let folder = locked.begin()?;
        let db = DB::open(&options::of(settings, &folder), path).map_err(failed)?;
        if has_store {
            // RocksDB flushes what it recovers from logs.
            folder.mark_tables(db.latest_sequence_number())?;
        }
        let files = Arc::new(Self {
            db,
            reading: ReadOptions::default(),
            synced: syncing(true),
            unsynced: syncing(false),
            is_durable: settings.durability == Durability::Commit,
            folder,
        });
        let mut open = all_open();
        open.retain(|other| other.strong_count() > 0);
        open.push(Arc::downgrade(&files));
        Ok(files)
    }

    pub fn commit(&self, writes: &Writes) -> Result<()> {
        self.folder.require_path().map_err(|error| refused(&error))?;
        let mut batch = WriteBatch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            }
        }
        if !self.is_durable && !self.folder.is_creating() {
            return self.db.write_opt(batch, &self.unsynced).map_err(failed);
        }
        self.db.write_opt(batch, &self.synced).map_err(failed)?;
        self.folder.synced(self.db.latest_sequence_number()).map_err(|error| refused(&error))
    }

    /// Flushes everything: the next opening replays no log.
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
        if flushed.is_ok() {
            self.folder.flushed(self.db.latest_sequence_number());
        }
        flushed.map_err(failed)
    }
}

fn syncing(is_synced: bool) -> WriteOptions {
    let mut writing = WriteOptions::default();
    writing.set_sync(is_synced);
    writing
}

/// Reads the store without changing it. RocksDB that opens it to write begins a manifest and a log, and deletes the logs
/// it has read and the files it does not know.
fn recovered(locked: &LockedFolder, path: &str, settings: &Settings) -> anyhow::Result<Recovered> {
    let opened = DB::open_for_read_only(&options::reading(settings), path, false);
    let db = opened.map_err(|error| {
        if locked.is_ours() { failed(error) } else { refused(&of_another_database(&with_paths(error.into_string()))) }
    })?;
    let files = db.live_files().map_err(failed)?;
    Ok(Recovered {
        sequence: db.latest_sequence_number(),
        tables: files.iter().map(|file| file.name.trim_start_matches('/').to_owned()).collect(),
        is_of_surrealdb: db.get(version::key()?).map_err(failed)?.is_some(),
    })
}

/// Cancels flushes and compactions of all stores that are open or closing, for a fast exit: the next opening does them.
/// Further writes have to fit into memory.
pub fn hurry() {
    let all: Vec<_> = all_open().iter().filter_map(Weak::upgrade).collect();
    for files in all {
        files.db.cancel_all_background_work(false);
    }
}

/// Keeps RocksDB's status, from which errors.rs derives the code.
pub fn failed(error: rocksdb::Error) -> Error {
    Error::Transaction(with_paths(error.into_string()))
}

/// Gives it the prefix that errors.rs takes for ERR_IO.
fn refused(error: &StorageError) -> Error {
    Error::Transaction(format!("IO error: {error}"))
}

/// Replaces `/proc/self/fd/N` by the path of the folder.
fn with_paths(status: String) -> String {
    const FOLDERS: &str = "/proc/self/fd/";
    let Some((before, after)) = status.split_once(FOLDERS) else { return status };
    let end = after.find(|next: char| !next.is_ascii_digit()).unwrap_or(after.len());
    let (number, after) = after.split_at(end);
    let path = std::fs::read_link(format!("{FOLDERS}{number}"));
    let path = path.map_or_else(|_| format!("{FOLDERS}{number}"), |path| path.display().to_string());
    format!("{before}{path}{}", with_paths(after.to_owned()))
}

/// RocksDB would open a different path if this one were not Unicode.
fn unicode(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::Datastore("IO error: the path is not Unicode".to_owned()))
}
