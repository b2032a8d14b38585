//! What is stored in a directory.

mod options;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rivers_storage::Error as StorageError;
use rocksdb::{DB, FlushOptions, ReadOptions, WaitForCompactOptions, WriteBatch, WriteOptions};
use surrealdb_kvs::{Error, Result};

use super::Writes;
use crate::config::{Durability, Settings};
use crate::directory::{Claim, Directory};

/// So long a shutdown waits for the compactions that its own flush brought about.
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
    // After the engine, which it outlives.
    directory: Directory,
}

impl Files {
    pub fn open(claim: Claim, settings: &Settings) -> anyhow::Result<Arc<Self>> {
        if claim.is_store() {
            prove(&claim, settings)?;
        }
        let is_store = claim.is_store();
        let directory = claim.begin()?;
        let db = DB::open(&options::of(settings, &directory), unicode(directory.route())?).map_err(failed)?;
        if is_store {
            directory.recovered(db.latest_sequence_number())?;
        }
        let files = Arc::new(Self {
            db,
            reading: ReadOptions::default(),
            synced: syncing(true),
            unsynced: syncing(false),
            is_durable: settings.durability == Durability::Commit,
            directory,
        });
        let mut open = all_open();
        open.retain(|other| other.strong_count() > 0);
        open.push(Arc::downgrade(&files));
        Ok(files)
    }

    pub fn commit(&self, writes: &Writes) -> Result<()> {
        self.directory.require_path().map_err(|error| refused(&error))?;
        let mut batch = WriteBatch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            }
        }
        if !self.is_durable && !self.directory.is_creating() {
            return self.db.write_opt(batch, &self.unsynced).map_err(failed);
        }
        self.db.write_opt(batch, &self.synced).map_err(failed)?;
        self.directory.synced(self.db.latest_sequence_number()).map_err(|error| refused(&error))
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
        if flushed.is_ok() {
            self.directory.complete(self.db.latest_sequence_number());
        }
        flushed.map_err(failed)
    }
}

fn syncing(is_synced: bool) -> WriteOptions {
    let mut writing = WriteOptions::default();
    writing.set_sync(is_synced);
    writing
}

/// Reads the store as an opening would, but changes nothing: an opening writes its manifest and its log anew, and
/// removes what it does not know.
fn prove(claim: &Claim, settings: &Settings) -> anyhow::Result<()> {
    let db = DB::open_for_read_only(&options::reading(settings), unicode(claim.route())?, false).map_err(failed)?;
    let sequence = db.latest_sequence_number();
    let tables: Vec<_> = db.live_files().map_err(failed)?.into_iter().map(|file| file.name).collect();
    drop(db);
    let names: Vec<_> = tables.iter().map(|name| name.trim_start_matches('/').to_owned()).collect();
    Ok(claim.prove(sequence, &names)?)
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
    Error::Transaction(with_paths(error.into_string()))
}

/// What the directory refuses is the file system's doing.
fn refused(error: &StorageError) -> Error {
    Error::Transaction(format!("IO error: {error}"))
}

/// The engine knows the folder by a route of this process's.
fn with_paths(status: String) -> String {
    const ROUTES: &str = "/proc/self/fd/";
    let Some((before, after)) = status.split_once(ROUTES) else { return status };
    let end = after.find(|next: char| !next.is_ascii_digit()).unwrap_or(after.len());
    let (number, after) = after.split_at(end);
    let path = std::fs::read_link(format!("{ROUTES}{number}"));
    let path = path.map_or_else(|_| format!("{ROUTES}{number}"), |path| path.display().to_string());
    format!("{before}{path}{}", with_paths(after.to_owned()))
}

/// Another path would be opened in place of one that is not.
fn unicode(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::Datastore("IO error: the path is not Unicode".to_owned()))
}
