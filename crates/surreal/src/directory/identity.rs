//! A folder as the system knows it, whatever path leads to it.

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity(Known);

/// Device and inode: links and bind mounts have the same.
#[cfg(unix)]
type Known = (u64, u64);
/// Windows has no bind mounts, and the canonical path follows links.
#[cfg(not(unix))]
type Known = PathBuf;

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
}

/// So long a look at the path holds. A look costs as much as a twentieth of a relaxed commit, and nobody renames a
/// folder and commits in less.
const LOOK_HOLDS: Duration = Duration::from_micros(20);

/// Looks whether the path still leads to the folder.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    identity: Identity,
    started: Instant,
    /// When it last did, in nanoseconds since the start.
    looked_at: AtomicU64,
}

impl Watch {
    pub fn new(path: PathBuf, identity: Identity) -> Self {
        Self { path, identity, started: Instant::now(), looked_at: AtomicU64::new(0) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn leads_there(&self) -> bool {
        let now = self.started.elapsed();
        let looked_at = Duration::from_nanos(self.looked_at.load(Ordering::Relaxed));
        if now.saturating_sub(looked_at) < LOOK_HOLDS && !looked_at.is_zero() {
            return true;
        }
        let leads_there = Identity::of(&self.path).is_ok_and(|found| found == self.identity);
        // What is found amiss is looked at again each time.
        let next = if leads_there { u64::try_from(now.as_nanos()).unwrap_or(u64::MAX) } else { 0 };
        self.looked_at.store(next, Ordering::Relaxed);
        leads_there
    }
}
