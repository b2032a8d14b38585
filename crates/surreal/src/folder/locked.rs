//! A folder that is locked and checked before RocksDB writes to it. Until `begin`, only `rivers.lock` may be created, and
//! a refused opening removes it again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rivers_storage::{Code, Error, Result};

use super::durable::{sync_directory, sync_parent_directory};
use super::engine_file::EngineFile;
use super::identity::PathCheck;
use super::inventory::{self, Inventory, State};
use super::lock::{self, Claimed, Holder, Lock};
use super::manifest::is_whole;
use super::mark::{self, Found, Mark, Marker};
use super::plan::{self, Contents, FileSizes, Plan};
use super::{OpenFolder, ResolvedFolder, failed, table_owner};

pub struct LockedFolder {
    folder: ResolvedFolder,
    engine_path: PathBuf,
    contents: Contents,
    plan: Plan,
    mark: Mark,
    lock: Lock,
    handle: File,
}

/// The state of a store that RocksDB has read.
pub struct Recovered {
    /// The number of the last write.
    pub sequence: u64,
    /// The tables in use, with their sizes.
    pub tables: FileSizes,
    /// The number of blob files in use.
    pub blob_files: u64,
    pub blob_bytes: u64,
    /// The database's own, which its tables carry.
    pub id: Vec<u8>,
}

impl LockedFolder {
    pub fn lock(folder: &ResolvedFolder) -> Result<Self> {
        let handle = open(&folder.path).map_err(|error| cannot_lock(&error))?;
        let engine_path = engine_path(folder, &handle);
        let lock = match Lock::claim(&engine_path, &handle).map_err(|error| cannot_lock(&error))? {
            Claimed::Lock(lock) => lock,
            Claimed::HeldBy(holder) => return Err(locked(&holder)),
        };
        if !folder.identity.is_at(&folder.path) {
            return Err(Error::new(Code::Io, "the folder was replaced while it was opened"));
        }
        if let Some(holder) = lock::engine_lock_holder(&engine_path) {
            return Err(locked(&holder));
        }
        let mut contents = super::contents(&engine_path)?;
        contents.is_ours |= lock.is_known();
        let plan = plan::plan(&contents)?;
        let mark = if plan == Plan::Open { read_mark(&engine_path)? } else { Mark::default() };
        if contents.manifest == Some(mark.manifest.name()) {
            require_manifest(&engine_path, &mark)?;
        }
        Ok(Self { folder: folder.clone(), engine_path, contents, plan, mark, lock, handle })
    }

    /// The path for RocksDB. On Linux it stays with the folder when that is renamed or replaced, so RocksDB makes and
    /// deletes files nowhere else.
    pub fn engine_path(&self) -> &Path {
        &self.engine_path
    }

    pub const fn plan(&self) -> Plan {
        self.plan
    }

    /// Opens the store that an interrupted creation left: its first commit is there.
    pub const fn keep_store(&mut self) {
        self.plan = Plan::Open;
    }

    /// Fails if this package has never had a store here: what RocksDB found, or could not read, is not ours.
    pub fn require_ours(&self, found: &str) -> Result<()> {
        if self.contents.is_ours { Ok(()) } else { Err(plan::of_another_database(found)) }
    }

    /// Fails if synced writes are missing, or files of another database would be changed.
    pub fn check_recovered(&self, recovered: &Recovered) -> Result<()> {
        let (synced, readable) = (self.mark.sequence, recovered.sequence);
        if readable < synced {
            return Err(Error::corrupt(format!(
                "{}: writes up to {synced} were synced, but only those up to {readable} can be read; put it back",
                self.damaged_log()
            )));
        }
        self.require_tables(recovered)?;
        self.refuse_strangers(recovered)
    }

    fn require_tables(&self, recovered: &Recovered) -> Result<()> {
        for (name, bytes) in &recovered.tables {
            match self.contents.files.get(name) {
                Some(found) if found == bytes => {}
                Some(found) => return Err(plan::wrong_size(name, *found, *bytes)),
                None => return Err(plan::missing(name)),
            }
        }
        Ok(())
    }

    /// Whether a blob file is missing or too short. RocksDB does not say which.
    pub fn lacks_blobs(&self, recovered: &Recovered) -> bool {
        let there = self.blob_files();
        let bytes: u64 = there.iter().filter_map(|name| self.contents.files.get(*name)).sum();
        (there.len() as u64) < recovered.blob_files || bytes < recovered.blob_bytes
    }

    pub fn blob_files(&self) -> Vec<&str> {
        self.files(|file| matches!(file, EngineFile::Blob(_))).collect()
    }

    pub fn logs(&self) -> Vec<&str> {
        self.files(|file| matches!(file, EngineFile::Log(_))).collect()
    }

    fn damaged_log(&self) -> String {
        let last = format!("{:06}.log", self.mark.log);
        if self.mark.log > 0 && !self.contents.files.contains_key(&last) {
            return format!("the log '{last}' is missing");
        }
        let logs = self.logs();
        if logs.is_empty() {
            "the log is missing".to_owned()
        } else {
            format!("a log is damaged, or one after {} is missing", logs.join(", "))
        }
    }

    /// A killed store may have tables that are not in use; those of another database are not its own.
    fn refuse_strangers(&self, recovered: &Recovered) -> Result<()> {
        let mut strangers = Vec::new();
        for name in self.files(|file| matches!(file, EngineFile::Table(_))) {
            let is_known = self.contents.inventory.as_ref().is_some_and(|known| known.files.contains(name));
            if is_known || recovered.tables.contains_key(name) {
                continue;
            }
            let is_of_another = table_owner::is_of_another(&self.engine_path.join(name), &recovered.id);
            if is_of_another.map_err(|error| failed("read", name, &error))? {
                strangers.push(name);
            }
        }
        plan::refuse(&strangers)
    }

    fn files(&self, is_wanted: impl Fn(EngineFile) -> bool) -> impl Iterator<Item = &str> {
        let names = self.contents.files.keys().map(String::as_str);
        names.filter(move |name| EngineFile::named(name).is_some_and(&is_wanted))
    }

    /// Records that RocksDB is about to open.
    pub fn begin(mut self) -> Result<OpenFolder> {
        if self.plan == Plan::Open {
            self.leave(&self.contents.inventory(State::InUse))?;
        } else {
            self.clear()?;
        }
        self.lock.sign().map_err(|error| failed("write", lock::NAME, &error))?;
        let marker = Marker::open(&self.engine_path).map_err(|error| failed("write", mark::NAME, &error))?;
        Ok(OpenFolder {
            is_pinned: self.engine_path != self.folder.path,
            path: PathCheck::new(self.folder.given, self.folder.identity),
            engine_path: self.engine_path,
            is_creating: AtomicBool::new(self.plan != Plan::Open),
            is_flushed: AtomicBool::new(false),
            marker: Arc::new(marker),
            _lock: self.lock,
            _handle: self.handle,
        })
    }

    fn leave(&self, inventory: &Inventory) -> Result<()> {
        inventory.write(&self.engine_path).map_err(|error| failed("write", inventory::NAME, &error))
    }

    /// The inventory comes first: only a folder that is recorded as being created may lose files.
    fn clear(&self) -> Result<()> {
        if self.plan == Plan::Create {
            self.leave(&Inventory::creating())?;
        }
        for name in plan::engine_files(&self.contents.files).into_iter().chain([mark::NAME]) {
            match fs::remove_file(self.engine_path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", name, &error)),
                _ => {}
            }
        }
        let synced = sync_directory(&self.engine_path).and_then(|()| sync_parent_directory(&self.folder.path));
        synced.map_err(|error| Error::new(Code::Io, format!("cannot sync the folder: {error}")))
    }
}

fn read_mark(engine_path: &Path) -> Result<Mark> {
    match mark::read(engine_path).map_err(|error| failed("read", mark::NAME, &error))? {
        Found::Mark(mark) => Ok(mark),
        Found::Nothing => Ok(Mark::default()),
        Found::Damage => Err(Error::corrupt(format!(
            "'{}' is damaged: remove it to open the store without a check for lost writes",
            mark::NAME
        ))),
    }
}

/// RocksDB begins a new manifest with a snapshot of the last one, so only the marked one can be compared.
fn require_manifest(engine_path: &Path, mark: &Mark) -> Result<()> {
    let name = mark.manifest.name();
    if is_whole(engine_path, &mark.manifest).map_err(|error| failed("read", &name, &error))? {
        return Ok(());
    }
    Err(Error::corrupt(format!("'{name}' is damaged: put it back")))
}

#[cfg(unix)]
fn open(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// Windows opens folders only with this flag.
#[cfg(windows)]
fn open(folder: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    fs::OpenOptions::new().read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(folder)
}

#[cfg(target_os = "linux")]
fn engine_path(folder: &ResolvedFolder, handle: &File) -> PathBuf {
    use std::os::fd::AsRawFd;
    let path = PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd()));
    // Where /proc is missing, the folder's own path has to do.
    if folder.identity.is_at(&path) { path } else { folder.path.clone() }
}

#[cfg(not(target_os = "linux"))]
fn engine_path(folder: &ResolvedFolder, _: &File) -> PathBuf {
    folder.path.clone()
}

fn locked(holder: &Holder) -> Error {
    let who = match holder {
        Holder::Process(Some(pid)) => format!("another process (pid {pid})"),
        Holder::Process(None) => "another process".to_owned(),
        Holder::Container(pid) => format!("another process (pid {pid} of another container)"),
        Holder::AnotherCopy => "this process, by another copy of this package".to_owned(),
    };
    Error::new(Code::Locked, format!("it is open in {who}"))
}

fn cannot_lock(error: &io::Error) -> Error {
    Error::new(Code::Io, format!("cannot lock the folder: {error}"))
}
