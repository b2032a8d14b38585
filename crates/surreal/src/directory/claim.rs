//! Owning a folder before its store is opened. Until `begin`, nothing in it is changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rivers_storage::{Code, Error, Result};

use super::identity::{Identity, Watch};
use super::lock::{self, Claimed, Lock, Owner};
use super::mark::{self, Found, Mark, Marker};
use super::names::EngineFile;
use super::record::{Record, State};
use super::survey::{self, Contents, Plan};
use super::sync::{sync_name_of, sync_names};
use super::{Directory, Folder, contents, failed, tables};

pub struct Claim {
    folder: Folder,
    route: PathBuf,
    contents: Contents,
    plan: Plan,
    mark: Mark,
    lock: Option<Lock>,
    handle: Option<File>,
}

impl Claim {
    pub fn of(folder: &Folder) -> Result<Self> {
        let handle = open(folder.path()).map_err(|error| cannot_lock(&error))?;
        let route = route(folder, &handle);
        let lock = match Lock::claim(&route, &handle).map_err(|error| cannot_lock(&error))? {
            Claimed::Lock(lock) => lock,
            Claimed::HeldBy(owner) => return Err(locked(&owner)),
        };
        let is_known = lock.is_known();
        let folder = folder.clone();
        let empty = Contents { files: survey::Files::new(), record: None, manifest: None, is_ours: false };
        // From here on, dropping it takes the lock back.
        let mut claim = Self {
            folder,
            route,
            contents: empty,
            plan: Plan::Create,
            mark: Mark::default(),
            lock: Some(lock),
            handle: Some(handle),
        };
        claim.survey(is_known)?;
        Ok(claim)
    }

    fn survey(&mut self, is_known: bool) -> Result<()> {
        if !Identity::of(&self.folder.path).is_ok_and(|found| found == self.folder.identity) {
            return Err(Error::new(Code::Io, "the folder was replaced while it was opened"));
        }
        if let Some(owner) = lock::engine_owner(&self.route) {
            return Err(locked(&owner));
        }
        self.contents = contents(&self.route)?;
        self.contents.is_ours |= is_known;
        self.plan = survey::plan(&self.contents)?;
        if self.plan == Plan::Open {
            self.mark = self.read_mark()?;
        }
        Ok(())
    }

    fn read_mark(&self) -> Result<Mark> {
        let mark = match mark::read(&self.route).map_err(|error| failed("read", mark::NAME, &error))? {
            Found::Mark(mark) => mark,
            Found::Nothing => return Ok(Mark::default()),
            Found::Damage => {
                let message =
                    format!("'{}' is damaged: remove it to open the store without what it proves", mark::NAME);
                return Err(Error::corrupt(message));
            }
        };
        let name = format!("MANIFEST-{:06}", mark.manifest.number);
        // A later manifest begins with what this one held.
        if self.contents.manifest.as_ref() == Some(&name) {
            let is_whole = mark::is_whole(&self.route, &mark.manifest);
            if !is_whole.map_err(|error| failed("read", &name, &error))? {
                return Err(Error::corrupt(format!("'{name}' is damaged: put back what it was")));
            }
        }
        Ok(mark)
    }

    pub fn route(&self) -> &Path {
        &self.route
    }

    /// Whether there is a store, which has to be proved whole before anything is changed.
    pub fn is_store(&self) -> bool {
        self.plan == Plan::Open
    }

    /// What the engine would read of the store, held against what was acknowledged.
    pub fn prove(&self, sequence: u64, live_tables: &[String]) -> Result<()> {
        let acknowledged = self.mark.sequence;
        if sequence < acknowledged {
            let logs: Vec<_> = self.numbered(|file| matches!(file, EngineFile::Log(_))).collect();
            let logs = if logs.is_empty() { "none is left".to_owned() } else { format!("left: {}", logs.join(", ")) };
            return Err(Error::corrupt(format!(
                "the log is damaged or missing ({logs}): it was acknowledged up to write {acknowledged}, and can be read \
                 up to {sequence}; put back what it was"
            )));
        }
        let Ok(identity) = fs::read_to_string(self.route.join("IDENTITY")) else { return Ok(()) };
        let mut strangers = Vec::new();
        for name in self.numbered(|file| matches!(file, EngineFile::Table(_))) {
            let is_known = self.contents.record.as_ref().is_some_and(|record| record.files.contains_key(name));
            if is_known || live_tables.iter().any(|live| live == name) {
                continue;
            }
            let path = self.route.join(name);
            if tables::is_of_another(&path, identity.trim().as_bytes()).map_err(|error| failed("read", name, &error))? {
                strangers.push(name);
            }
        }
        survey::refuse(&strangers)
    }

    fn numbered(&self, is_wanted: impl Fn(EngineFile) -> bool) -> impl Iterator<Item = &str> {
        let names = self.contents.files.keys().map(String::as_str);
        names.filter(move |name| EngineFile::named(name).is_some_and(&is_wanted))
    }

    /// From now on the folder is changed.
    pub fn begin(mut self) -> Result<Directory> {
        let begun = match self.plan {
            Plan::Open => survey::record(State::InUse, &self.contents).write(&self.route),
            Plan::Create | Plan::CreateAgain => self.clear(),
        };
        begun.map_err(|error| failed("write", super::record::NAME, &error))?;
        if let Some(lock) = &mut self.lock {
            lock.sign().map_err(|error| failed("write", lock::NAME, &error))?;
        }
        let marker = Marker::open(&self.route).map_err(|error| failed("write", mark::NAME, &error))?;
        let handle = self.handle.take().ok_or_else(|| Error::internal("a folder was opened twice"))?;
        Ok(Directory {
            watch: Watch::new(self.folder.path.clone(), self.folder.identity.clone()),
            route: self.route.clone(),
            is_creating: AtomicBool::new(self.plan != Plan::Open),
            is_complete: AtomicBool::new(false),
            marker: Arc::new(marker),
            lock: self.lock.take(),
            _handle: handle,
        })
    }

    /// The record comes first: only where it stands may files of an earlier creation be removed.
    fn clear(&self) -> std::io::Result<()> {
        if self.plan == Plan::Create {
            Record::creating().write(&self.route)?;
        }
        for name in survey::engine_files(&self.contents.files).into_iter().chain([mark::NAME]) {
            match fs::remove_file(self.route.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        sync_names(&self.route)?;
        sync_name_of(&self.folder.path)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.take_back(&self.route);
        }
    }
}

#[cfg(unix)]
fn open(folder: &Path) -> std::io::Result<File> {
    File::open(folder)
}

/// Windows opens folders only with this flag.
#[cfg(windows)]
fn open(folder: &Path) -> std::io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    fs::OpenOptions::new().read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(folder)
}

/// By the open folder itself where the system has such paths: files are then made and removed in it, and never in what
/// took its place.
fn route(folder: &Folder, handle: &File) -> PathBuf {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        let route = PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd()));
        if Identity::of(&route).is_ok_and(|found| found == folder.identity) {
            return route;
        }
    }
    let _ = handle;
    folder.path.clone()
}

fn locked(owner: &Owner) -> Error {
    let who = match owner {
        Owner::Process(Some(pid)) => format!("another process (pid {pid})"),
        Owner::Process(None) => "another process".to_owned(),
        Owner::AnotherCopy => "this process, by another copy of this package".to_owned(),
    };
    Error::new(Code::Locked, format!("it is open in {who}"))
}

fn cannot_lock(error: &std::io::Error) -> Error {
    Error::new(Code::Io, format!("cannot lock the folder: {error}"))
}
