//! The folder of a store: its owner, its files, and the last synced write. RocksDB checks none of these, so they are kept
//! in files of our own beside its files: `rivers.lock`, `rivers.store` and `rivers.mark`.
//!
//! An opening goes from [`ResolvedFolder`] over [`LockedFolder`] to [`OpenFolder`].

mod durable;
mod engine_file;
mod identity;
mod inventory;
mod lock;
mod locked;
mod manifest;
mod mark;
mod plan;
mod table_owner;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rivers_storage::{Code, Error, Result};

use self::durable::make_folder;
use self::engine_file::EngineFile;
pub use self::identity::Identity;
use self::identity::PathCheck;
use self::inventory::{Inventory, State};
use self::lock::Lock;
pub use self::locked::{LockedFolder, Recovered};
pub use self::mark::Marker;
use self::plan::Contents;
pub use self::plan::Plan;

/// A folder that exists.
#[derive(Clone, Debug)]
pub struct ResolvedFolder {
    /// Canonical.
    path: PathBuf,
    /// Absolute, by way of the links that were given.
    given: PathBuf,
    identity: Identity,
}

impl ResolvedFolder {
    /// Creates the folder if it is missing.
    pub fn make(path: &Path) -> Result<Self> {
        let resolved = || {
            let (given, path) = (absolute(path)?, make_folder(path)?);
            Ok(Self { identity: Identity::of(&path)?, path, given })
        };
        resolved().map_err(|error: io::Error| {
            Error::new(Code::Io, format!("cannot make the directory '{}': {error}", path.display()))
        })
    }

    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The folder of a store that RocksDB has open.
#[derive(Debug)]
pub struct OpenFolder {
    path: PathCheck,
    engine_path: PathBuf,
    /// Whether `engine_path` leads to the folder also after the folder was renamed.
    is_pinned: bool,
    /// Until the first commit is synced.
    is_creating: AtomicBool,
    /// Whether RocksDB has every row in its tables, as a closed store has.
    is_flushed: AtomicBool,
    marker: Arc<Marker>,
    _lock: Lock,
    /// Keeps the system from giving the folder's identity to another one.
    _handle: File,
}

impl OpenFolder {
    pub const fn marker(&self) -> &Arc<Marker> {
        &self.marker
    }

    pub fn is_creating(&self) -> bool {
        self.is_creating.load(Ordering::Acquire)
    }

    /// Fails if the path leads elsewhere: the next opening would not find what is written here.
    pub fn require_path(&self) -> Result<()> {
        if self.path.holds() { Ok(()) } else { Err(self.moved()) }
    }

    /// As `require_path`, but right after another commit it relies on the last check.
    pub fn require_path_for_next(&self) -> Result<()> {
        if self.path.holds_for_next() { Ok(()) } else { Err(self.moved()) }
    }

    pub fn committed(&self) {
        self.path.committed();
    }

    /// Fails if RocksDB would make and delete files in another folder.
    pub fn require_access(&self) -> Result<()> {
        if self.is_pinned { Ok(()) } else { self.require_path() }
    }

    fn moved(&self) -> Error {
        let path = self.path.path().display();
        Error::new(Code::Io, format!("'{path}' does not lead to the folder of the open store any more"))
    }

    /// Marks the writes up to this one as synced.
    pub fn synced(&self, sequence: u64) -> Result<()> {
        self.marker.synced(sequence).map_err(|error| failed("write", mark::NAME, &error))?;
        if self.is_creating() {
            self.mark_tables(sequence)?;
            self.leave_inventory(State::InUse)?;
            self.is_creating.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Marks the writes up to this one, which RocksDB has in its tables, and the manifest.
    pub fn mark_tables(&self, sequence: u64) -> Result<()> {
        let marked = self.marker.synced(sequence).and_then(|()| self.marker.mark_manifest());
        marked.map_err(|error| failed("mark", "CURRENT", &error))
    }

    /// To be called after the final flush.
    pub fn flushed(&self, sequence: u64) {
        let is_flushed = !self.is_creating() && self.mark_tables(sequence).is_ok();
        self.is_flushed.store(is_flushed, Ordering::Release);
    }

    pub fn blob_files(&self) -> Vec<String> {
        let names = sizes(&self.engine_path).unwrap_or_default().into_keys();
        names.filter(|name| matches!(EngineFile::named(name), Some(EngineFile::Blob(_)))).collect()
    }

    fn leave_inventory(&self, state: State) -> Result<()> {
        let inventory = contents(&self.engine_path)?.inventory(state);
        inventory.write(&self.engine_path).map_err(|error| failed("write", inventory::NAME, &error))
    }
}

/// Runs after RocksDB is closed, which writes to the folder until then.
impl Drop for OpenFolder {
    fn drop(&mut self) {
        if self.is_flushed.load(Ordering::Acquire) && self.marker.mark_manifest().is_ok() {
            // If this fails, the next opening takes the store for a killed one, which is as safe.
            drop(self.leave_inventory(State::Closed));
        }
    }
}

fn failed(what: &str, name: &str, error: &io::Error) -> Error {
    Error::new(Code::Io, format!("cannot {what} '{name}': {error}"))
}

fn contents(folder: &Path) -> Result<Contents> {
    let files = sizes(folder).map_err(|error| Error::new(Code::Io, format!("cannot list the folder: {error}")))?;
    let inventory = Inventory::read(folder).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => {
            let message =
                format!("'{}' is damaged: remove it to open the store without a check of its files", inventory::NAME);
            Error::corrupt(message)
        }
        _ => failed("read", inventory::NAME, &error),
    })?;
    let manifest = match manifest::current(folder) {
        Ok(current) => Some(current.name),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => None,
        Err(error) => return Err(failed("read", "CURRENT", &error)),
    };
    let is_ours = inventory.is_some() || files.contains_key(mark::NAME);
    Ok(Contents { files, inventory, manifest, is_ours })
}

fn sizes(folder: &Path) -> io::Result<plan::FileSizes> {
    let mut files = plan::FileSizes::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // RocksDB's names are Unicode.
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Follows links.
        match fs::metadata(entry.path()) {
            Ok(found) => drop(files.insert(name, found.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}
