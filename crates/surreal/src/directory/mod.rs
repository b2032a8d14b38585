//! The folder of a store: who owns it, what is in it, and how far it was acknowledged. What the engine cannot know of
//! its files is decided and kept here, in files of our own beside them: `rivers.lock`, `rivers.store`, `rivers.mark`.

mod claim;
mod identity;
mod lock;
mod mark;
mod names;
mod record;
mod survey;
mod sync;
mod tables;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rivers_storage::{Code, Error, Result};

pub use self::claim::Claim;
pub use self::identity::Identity;
use self::identity::Watch;
use self::lock::Lock;
pub use self::mark::Marker;
use self::record::{Record, State};
use self::survey::Contents;
use self::sync::make_folder;

/// A folder that a path led to.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    identity: Identity,
}

impl Folder {
    /// Makes it if it is not there.
    pub fn make(path: &Path) -> Result<Self> {
        let made = make_folder(path).and_then(|path| Ok(Self { identity: Identity::of(&path)?, path }));
        made.map_err(|error| Error::new(Code::Io, format!("cannot make the directory '{}': {error}", path.display())))
    }

    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The folder of a store that is open.
#[derive(Debug)]
pub struct Directory {
    watch: Watch,
    route: PathBuf,
    /// Until the first commit is synced.
    is_creating: AtomicBool,
    /// Whether every row is in the engine's tables.
    is_complete: AtomicBool,
    marker: Arc<Marker>,
    lock: Option<Lock>,
    /// As long as it is open, the system gives its identity to no other folder.
    _handle: File,
}

impl Directory {
    /// For the engine: leads to the folder also when its path is another's.
    pub fn route(&self) -> &Path {
        &self.route
    }

    pub const fn marker(&self) -> &Arc<Marker> {
        &self.marker
    }

    pub fn is_creating(&self) -> bool {
        self.is_creating.load(Ordering::Acquire)
    }

    /// A store that is not where its users look for it acknowledges nothing.
    pub fn require_path(&self) -> Result<()> {
        if self.watch.leads_there() {
            return Ok(());
        }
        let message =
            format!("'{}' does not lead to the folder of the open store any more", self.watch.path().display());
        Err(Error::new(Code::Io, message))
    }

    /// What was committed up to this number is synced.
    pub fn synced(&self, sequence: u64) -> Result<()> {
        self.marker.synced(sequence).map_err(|error| failed("write", mark::NAME, &error))?;
        if self.is_creating() {
            self.leave_record(State::InUse)?;
            self.is_creating.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// What the engine recovered is in its tables.
    pub fn recovered(&self, sequence: u64) -> Result<()> {
        let marked = self.marker.synced(sequence).and_then(|()| self.marker.manifest_grew());
        marked.map_err(|error| failed("write", mark::NAME, &error))
    }

    /// The engine is about to end, with every row in its tables.
    pub fn complete(&self, sequence: u64) {
        self.is_complete.store(!self.is_creating() && self.recovered(sequence).is_ok(), Ordering::Release);
    }

    fn leave_record(&self, state: State) -> Result<()> {
        let contents = contents(&self.route)?;
        survey::record(state, &contents).write(&self.route).map_err(|error| failed("write", record::NAME, &error))
    }
}

/// After the engine has ended.
impl Drop for Directory {
    fn drop(&mut self) {
        if self.is_complete.load(Ordering::Acquire) && self.marker.manifest_grew().is_ok() {
            // Without it the store counts as killed, and is as safe.
            drop(self.leave_record(State::Closed));
        }
        if let Some(lock) = self.lock.take() {
            lock.release();
        }
    }
}

fn failed(what: &str, name: &str, error: &std::io::Error) -> Error {
    Error::new(Code::Io, format!("cannot {what} '{name}': {error}"))
}

fn contents(folder: &Path) -> Result<Contents> {
    let files = sizes(folder).map_err(|error| Error::new(Code::Io, format!("cannot list the folder: {error}")))?;
    let record = Record::read(folder).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => {
            Error::corrupt(format!("'{}' is damaged: remove it if the engine's files are whole", record::NAME))
        }
        _ => failed("read", record::NAME, &error),
    })?;
    let manifest = match mark::current(folder) {
        Ok(current) => Some(current.name),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => None,
        Err(error) => return Err(failed("read", "CURRENT", &error)),
    };
    let is_ours = record.is_some() || files.contains_key(mark::NAME);
    Ok(Contents { files, record, manifest, is_ours })
}

fn sizes(folder: &Path) -> std::io::Result<survey::Files> {
    let mut files = survey::Files::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Names that are not Unicode are none of the engine's.
        if let Ok(name) = entry.file_name().into_string() {
            match entry.metadata() {
                Ok(found) => drop(files.insert(name, found.len())),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(files)
}
