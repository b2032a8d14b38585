//! Identifies a folder independently of its path.

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity(Id);

/// Device and inode: the same through symbolic links and bind mounts.
#[cfg(unix)]
type Id = (u64, u64);
/// Windows has no bind mounts, and the canonical path follows links.
#[cfg(not(unix))]
type Id = PathBuf;

impl Identity {
    #[cfg(unix)]
    pub fn of(path: &Path) -> Result<Self> {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).map(|found| Self((found.dev(), found.ino())))
    }

    #[cfg(not(unix))]
    pub fn of(path: &Path) -> Result<Self> {
        path.canonicalize().map(Self)
    }

    pub fn is_at(&self, path: &Path) -> bool {
        Self::of(path).is_ok_and(|found| found == *self)
    }
}

/// How long a check of the path holds. A check costs a tenth of a relaxed commit; a rename and the commit after it take
/// longer than this.
const CHECK_HOLDS: Duration = Duration::from_micros(20);

/// Checks that the path still leads to the folder.
#[derive(Debug)]
pub struct PathCheck {
    path: PathBuf,
    identity: Identity,
    started: Instant,
    /// The last check that succeeded, in nanoseconds after the start; 0 asks for another.
    checked_at: AtomicU64,
}

impl PathCheck {
    pub fn new(path: PathBuf, identity: Identity) -> Self {
        Self { path, identity, started: Instant::now(), checked_at: AtomicU64::new(0) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn holds(&self) -> bool {
        let now = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let checked_at = self.checked_at.load(Ordering::Relaxed);
        if checked_at > 0 && now.saturating_sub(checked_at) < CHECK_HOLDS.as_nanos() as u64 {
            return true;
        }
        let holds = self.identity.is_at(&self.path);
        self.checked_at.store(if holds { now } else { 0 }, Ordering::Relaxed);
        holds
    }
}
