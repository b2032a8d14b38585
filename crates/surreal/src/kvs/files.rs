//! A store in a folder: RocksDB.

mod options;

use std::path::Path;
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};
use rivers_storage::Error as StorageError;
use rocksdb::{DB, FlushOptions, ReadOptions, WaitForCompactOptions, WriteBatch, WriteOptions};
use surrealdb_kvs::{Error, Result};

use super::Writes;
use crate::config::{Durability, EngineSettings};
use crate::folder::{LockedFolder, OpenFolder, Plan, Recovered};

/// How long a shutdown waits for the compactions that its own flush started.
const COMPACTION_WAIT_MICROS: u64 = 2_000_000;

static OPEN: Mutex<Vec<Weak<FileStore>>> = Mutex::new(Vec::new());

fn all_open() -> MutexGuard<'static, Vec<Weak<FileStore>>> {
    OPEN.lock()
}

pub struct FileStore {
    pub db: DB,
    // The options are made once, because making them costs as much as a small read.
    pub reading: ReadOptions,
    synced: WriteOptions,
    unsynced: WriteOptions,
    is_durable: bool,
    /// None if the store is only read. Fields are dropped in this order, and RocksDB must be closed before the folder.
    folder: Option<OpenFolder>,
}

impl FileStore {
    /// Opens a store to read it, without a write to its folder.
    pub fn reading(locked: &LockedFolder, settings: &EngineSettings) -> anyhow::Result<(Arc<Self>, Recovered)> {
        let path = unicode(locked.engine_path())?;
        let opened = DB::open_for_read_only(&options::reading(settings), path, false);
        let db = opened.map_err(|error| unreadable(locked, error))?;
        let number = |property: &str| db.property_int_value(property).map(Option::unwrap_or_default).map_err(failed);
        let tables = db.live_files().map_err(failed)?.into_iter();
        let recovered = Recovered {
            sequence: db.latest_sequence_number(),
            tables: tables.map(|table| (table.name.trim_start_matches('/').to_owned(), table.size as u64)).collect(),
            blob_files: number("rocksdb.num-blob-files")?,
            blob_bytes: number("rocksdb.live-blob-file-size")?,
            id: db.get_db_identity().map_err(failed)?,
        };
        if locked.lacks_blobs(&recovered) {
            let read = require_all_rows(&db)
                .map_err(|error| naming_blobs(with_paths(error.into_string()), &locked.blob_files()));
            read.map_err(StorageError::corrupt)?;
        }
        Ok((Arc::new(Self::new(db, settings, None)), recovered))
    }

    pub fn open(locked: LockedFolder, settings: &EngineSettings) -> anyhow::Result<Arc<Self>> {
        let path = unicode(locked.engine_path())?.to_owned();
        let has_store = locked.plan() == Plan::Open;
        let folder = locked.begin()?;
        let db = DB::open(&options::of(settings, &folder), path).map_err(failed)?;
        if has_store {
            // RocksDB flushes what it recovers from logs.
            folder.mark_tables(db.latest_sequence_number())?;
        }
        let files = Arc::new(Self::new(db, settings, Some(folder)));
        let mut open = all_open();
        open.retain(|other| other.strong_count() > 0);
        open.push(Arc::downgrade(&files));
        Ok(files)
    }

    fn new(db: DB, settings: &EngineSettings, folder: Option<OpenFolder>) -> Self {
        let is_durable = settings.durability == Durability::Commit;
        let (reading, synced, unsynced) = (ReadOptions::default(), syncing(true), syncing(false));
        Self { db, reading, synced, unsynced, is_durable, folder }
    }

    pub fn commit(&self, writes: &Writes) -> Result<()> {
        let folder = self.folder.as_ref().ok_or(Error::TransactionReadonly)?;
        let is_synced = self.is_durable || folder.is_creating();
        let path = if is_synced { folder.require_path() } else { folder.require_path_for_next() };
        path.map_err(|error| refused(&error))?;
        let mut batch = WriteBatch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            }
        }
        let writing = if is_synced { &self.synced } else { &self.unsynced };
        self.db.write_opt(batch, writing).map_err(|error| failed_write(folder, error))?;
        if is_synced {
            let synced = folder.require_path().and_then(|()| folder.synced(self.db.latest_sequence_number()));
            synced.map_err(|error| refused(&error))?;
        }
        folder.committed();
        Ok(())
    }

    /// Flushes everything, so that the next opening replays no log.
    pub fn end(self: &Arc<Self>) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        if let Err(error) = folder.require_access() {
            // Closing RocksDB would write a manifest and delete unknown files in the folder that replaced this one, so
            // RocksDB stays open until the process ends.
            self.db.cancel_all_background_work(true);
            std::mem::forget(Arc::clone(self));
            return Err(refused(&error));
        }
        let mut waiting = FlushOptions::default();
        waiting.set_wait(true);
        let mut compactions = WaitForCompactOptions::default();
        compactions.set_timeout(COMPACTION_WAIT_MICROS);
        let flushed = self.db.flush_wal(true).and_then(|()| self.db.flush_opt(&waiting));
        if flushed.is_ok() {
            // A compaction that is cut short is done again after the next opening.
            drop(self.db.wait_for_compact(&compactions));
        }
        self.db.cancel_all_background_work(true);
        if flushed.is_ok() {
            folder.flushed(self.db.latest_sequence_number());
        }
        flushed.map_err(|error| failed_write(folder, error))
    }
}

fn syncing(is_synced: bool) -> WriteOptions {
    let mut writing = WriteOptions::default();
    writing.set_sync(is_synced);
    writing
}

/// Cancels the flushes and compactions of all stores that are open or closing, so that the process can exit sooner. The
/// next opening does them. Writes after this call must fit into memory.
pub fn cancel_background_work() {
    let all: Vec<_> = all_open().iter().filter_map(Weak::upgrade).collect();
    for files in all {
        files.db.cancel_all_background_work(false);
    }
}

/// Keeps RocksDB's status, from which errors.rs derives the code.
pub fn failed(error: rocksdb::Error) -> Error {
    Error::Transaction(with_paths(error.into_string()))
}

/// A missing file is damage, unless the folder never had a store of this package.
fn unreadable(locked: &LockedFolder, error: rocksdb::Error) -> anyhow::Error {
    let status = naming_log(with_paths(error.into_string()), &locked.logs());
    match locked.require_ours(&status) {
        Err(error) => error.into(),
        Ok(()) if status.contains("No such file") => StorageError::corrupt(status).into(),
        Ok(()) => Error::Transaction(status).into(),
    }
}

/// RocksDB gives only the number of a log that is missing or too short, or finds its tables ahead of the logs.
fn naming_log(status: String, logs: &[&str]) -> String {
    if let Some((_, after)) = status.split_once("log number: ") {
        let number: String = after.chars().take_while(char::is_ascii_digit).collect();
        return format!("{status} The log is '{number:0>6}.log'");
    }
    if status.contains("WAL") {
        return format!("{status}: a log is damaged or missing (there are: {})", logs.join(", "));
    }
    status
}

fn require_all_rows(db: &DB) -> std::result::Result<(), rocksdb::Error> {
    let mut rows = db.raw_iterator();
    rows.seek_to_first();
    while rows.valid() {
        rows.next();
    }
    rows.status()
}

/// RocksDB reports a failed compaction at the next write.
fn failed_write(folder: &OpenFolder, error: rocksdb::Error) -> Error {
    let blob_files = folder.blob_files();
    let names: Vec<_> = blob_files.iter().map(String::as_str).collect();
    Error::Transaction(naming_blobs(with_paths(error.into_string()), &names))
}

/// RocksDB does not name the blob file whose content it could not read.
fn naming_blobs(status: String, blob_files: &[&str]) -> String {
    if status.contains("lob") && !status.contains(".blob") {
        return format!("{status}, in one of: {}", blob_files.join(", "));
    }
    status
}

/// With the prefix that errors.rs maps to `ERR_IO`.
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
