//! An exclusive lock on a folder, across paths, processes and copies of this package.
//!
//! `flock` locks belong to the open file. RocksDB's own `fcntl` lock on `LOCK` belongs to the process: it is gone when
//! anything in the process opens and closes that file, and does not hold between two copies of this package. The folder
//! is locked beside the lock file, because a file can be removed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub const NAME: &str = "rivers.lock";

pub enum Claimed {
    Lock(Lock),
    HeldBy(Holder),
}

#[derive(Debug, PartialEq, Eq)]
pub enum Holder {
    Process(Option<u32>),
    /// A process with a space of process ids of its own.
    Container(u32),
    /// Another copy of this package, in this process.
    AnotherCopy,
}

/// Dropping it unlocks the folder.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    is_new: bool,
    is_signed: bool,
    folder: File,
}

impl Lock {
    /// `engine_path` leads to `folder`.
    pub fn claim(engine_path: &Path, folder: &File) -> Result<Claimed> {
        let path = engine_path.join(NAME);
        let folder = folder.try_clone()?;
        match folder.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(Claimed::HeldBy(holder(&path))),
            // Windows and some network file systems lock no folders: there the file has to do.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let locked = locked_file(&path);
        if let Ok(Some((file, is_new))) = locked {
            return Ok(Claimed::Lock(Self { file, path, is_new, is_signed: false, folder }));
        }
        drop(folder.unlock());
        locked.map(|_| Claimed::HeldBy(holder(&path)))
    }

    /// Whether this package has locked the folder before.
    pub const fn is_known(&self) -> bool {
        !self.is_new
    }

    /// Stores the process id, for the message of other processes. A refused opening must not change the file.
    pub fn sign(&mut self) -> Result<()> {
        self.is_signed = true;
        self.write(signature().as_bytes())
    }

    fn write(&mut self, content: &[u8]) -> Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.set_len(0)?;
        self.file.write_all(content)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_signed {
            drop(self.write(b""));
        } else if self.is_new {
            drop(fs::remove_file(&self.path));
        }
        // Closing the files is not enough: a child process shares them until it runs its own program.
        drop(self.file.unlock());
        drop(self.folder.unlock());
    }
}

/// The lock file, and whether it is new; None if another process has it locked.
fn locked_file(path: &Path) -> Result<Option<(File, bool)>> {
    loop {
        let is_new = !path.exists();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            // A refused opening may remove the file between the two calls.
            Ok(()) if !is_at(&file, path) => {}
            Ok(()) => return Ok(Some((file, is_new))),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata().and_then(|file| Ok((file, fs::metadata(path)?)));
    found.is_ok_and(|(file, named)| (file.dev(), file.ino()) == (named.dev(), named.ino()))
}

/// Other systems do not tell a file from another of the same name.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Process id and process id namespace: processes in two containers may have the same id.
fn signature() -> String {
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{}\n{}\n", std::process::id(), namespace.display())
}

fn holder(path: &Path) -> Holder {
    let (ours, theirs) = (signature(), fs::read_to_string(path).unwrap_or_default());
    if theirs == ours {
        return Holder::AnotherCopy;
    }
    let mut lines = theirs.lines();
    let Some(pid) = lines.next().and_then(|pid| pid.parse().ok()) else { return Holder::Process(None) };
    if lines.next() != ours.lines().nth(1) {
        return Holder::Container(pid);
    }
    Holder::Process(Some(pid).filter(|pid| is_alive(*pid)))
}

/// A killed process leaves its id, until the next owner signs.
#[cfg(unix)]
fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
const fn is_alive(_: u32) -> bool {
    true
}

/// Other programs that embed RocksDB, such as a `SurrealDB` server, hold only its own lock. Closing `LOCK` gives up
/// locks of this process on it, of which there are none: the folder is locked, so no engine of ours has it open.
#[cfg(unix)]
pub fn engine_lock_holder(engine_path: &Path) -> Option<Holder> {
    use rustix::process::{Flock, FlockType, fcntl_getlk};
    let file = File::open(engine_path.join("LOCK")).ok()?;
    let held = fcntl_getlk(&file, &Flock::from(FlockType::WriteLock)).ok().flatten()?;
    Some(Holder::Process(held.pid.and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok())))
}

/// On other systems RocksDB reports it when it opens.
#[cfg(not(unix))]
pub fn engine_lock_holder(_: &Path) -> Option<Holder> {
    None
}
