//! Identifies a folder independently of its path.

use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

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
        // Half the time of the standard library's, which asks for more.
        let found = rustix::fs::stat(path)?;
        Ok(Self((found.st_dev, found.st_ino)))
    }

    #[cfg(not(unix))]
    pub fn of(path: &Path) -> Result<Self> {
        path.canonicalize().map(Self)
    }

    pub fn is_at(&self, path: &Path) -> bool {
        Self::of(path).is_ok_and(|found| found == *self)
    }
}

/// How long a check holds between commits that follow each other without a pause. A check costs a tenth of a relaxed
/// commit.
const CHECK_HOLDS: u64 = 50_000;
/// The longest pause, in nanoseconds: a thread that renames the folder between two commits takes longer.
const PAUSE: u64 = 3_000;

/// Checks that the path still leads to the folder.
#[derive(Debug)]
pub struct PathCheck {
    path: PathBuf,
    identity: Identity,
    started: Instant,
    /// The last check that succeeded, in nanoseconds after the start; 0 asks for another.
    checked_at: AtomicU64,
    committed_at: AtomicU64,
}

impl PathCheck {
    pub fn new(path: PathBuf, identity: Identity) -> Self {
        let (checked_at, committed_at) = <(AtomicU64, AtomicU64)>::default();
        Self { path, identity, started: Instant::now(), checked_at, committed_at }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Right after another commit, relies on a recent check.
    pub fn holds_for_next(&self) -> bool {
        let now = self.now();
        let checked_at = self.checked_at.load(Ordering::Relaxed);
        let is_recent = checked_at > 0 && now.saturating_sub(checked_at) < CHECK_HOLDS;
        let is_next = now.saturating_sub(self.committed_at.load(Ordering::Relaxed)) < PAUSE;
        if is_recent && is_next {
            return true;
        }
        let holds = self.holds();
        self.checked_at.store(if holds { now } else { 0 }, Ordering::Relaxed);
        holds
    }

    pub fn holds(&self) -> bool {
        self.identity.is_at(&self.path)
    }

    pub fn committed(&self) {
        self.committed_at.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
