//! One owner of a folder, whichever path or copy of this package leads to it.
//!
//! The lock is `flock`'s, which belongs to the open file: unlike the engine's own (`fcntl`'s, on `LOCK`) it is not
//! gone when something else in the process opens and closes the file, and holds between two copies of this package in
//! one process. The folder itself is locked, too: a lock file can be removed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Result, Seek, SeekFrom, Write};
use std::path::Path;

pub const NAME: &str = "rivers.lock";

pub enum Claimed {
    Lock(Lock),
    HeldBy(Owner),
}

/// Who has the folder locked.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner {
    Process(Option<u32>),
    /// Another copy of this package, in this process.
    AnotherCopy,
}

#[derive(Debug)]
pub struct Lock {
    file: File,
    is_new: bool,
    folder: Option<File>,
}

impl Lock {
    pub fn claim(folder: &Path, of_folder: &File) -> Result<Claimed> {
        let path = folder.join(NAME);
        let Ok(of_folder) = locked_folder(of_folder) else { return Ok(Claimed::HeldBy(owner(&path))) };
        loop {
            let is_new = !path.exists();
            let file = open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Claimed::HeldBy(owner(&path))),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Between the two, a refused opening may have removed the file.
            if is_at(&file, &path) {
                return Ok(Claimed::Lock(Self { file, is_new, folder: of_folder }));
            }
        }
    }

    /// Whether the folder was locked before, by this package.
    pub const fn is_known(&self) -> bool {
        !self.is_new
    }

    /// For the message of those who find it locked. Not before the store is opened: a refused opening changes nothing.
    pub fn sign(&mut self) -> Result<()> {
        self.write(signature().as_bytes())
    }

    fn write(&mut self, content: &[u8]) -> Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.set_len(0)?;
        self.file.write_all(content)
    }

    pub fn release(mut self) {
        drop(self.write(b""));
        self.unlock();
    }

    /// As if nobody had asked.
    pub fn take_back(self, folder: &Path) {
        if self.is_new {
            drop(fs::remove_file(folder.join(NAME)));
        }
        self.unlock();
    }

    /// Not left to the closing of the files: child processes that are being started share them until they run their
    /// own program.
    fn unlock(self) {
        drop(self.file.unlock());
        if let Some(folder) = self.folder {
            drop(folder.unlock());
        }
    }
}

struct Held;

/// Nothing where the system locks no folders (Windows, some network file systems).
#[cfg(unix)]
fn locked_folder(folder: &File) -> std::result::Result<Option<File>, Held> {
    let Ok(folder) = folder.try_clone() else { return Ok(None) };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(Held),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

#[cfg(not(unix))]
fn locked_folder(_: &File) -> std::result::Result<Option<File>, Held> {
    Ok(None)
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata().and_then(|file| Ok((file, fs::metadata(path)?)));
    found.is_ok_and(|(file, named)| (file.dev(), file.ino()) == (named.dev(), named.ino()))
}

/// Windows removes no file that is open.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// The process, and the space of process ids that its number is of: in two containers it may be the same.
fn signature() -> String {
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{}\n{}\n", std::process::id(), space.display())
}

fn owner(path: &Path) -> Owner {
    let Ok(written) = fs::read_to_string(path) else { return Owner::Process(None) };
    if written == signature() {
        return Owner::AnotherCopy;
    }
    Owner::Process(written.lines().next().and_then(|pid| pid.parse().ok()).filter(|pid| is_alive(*pid)))
}

/// A process that was killed leaves its number behind, and the next owner writes its own when the store is open.
#[cfg(unix)]
fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
const fn is_alive(_: u32) -> bool {
    true
}

/// Another program of the engine's, such as a `SurrealDB` server, holds only the engine's lock.
#[cfg(unix)]
pub fn engine_owner(folder: &Path) -> Option<Owner> {
    use rustix::process::{Flock, FlockType, fcntl_getlk};
    let file = File::open(folder.join("LOCK")).ok()?;
    let held = fcntl_getlk(&file, &Flock::from(FlockType::WriteLock)).ok().flatten()?;
    let pid = held.pid.and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok());
    Some(Owner::Process(pid))
}

/// Here the engine finds out when it opens.
#[cfg(not(unix))]
pub fn engine_owner(_: &Path) -> Option<Owner> {
    None
}
