//! Which process has a directory open: a note in it, for the message of who finds it locked. The
//! engine's own `LOCK` is never touched: closing any descriptor of that file gives the lock up.

use std::fs;
use std::path::{Path, PathBuf};

fn note(directory: &Path) -> PathBuf {
    directory.join("rivers.pid")
}

/// The store does not depend on the note, so neither does its opening.
pub fn leave(directory: &Path) {
    drop(fs::write(note(directory), std::process::id().to_string()));
}

pub fn remove(directory: &Path) {
    drop(fs::remove_file(note(directory)));
}

pub fn read(directory: &Path) -> Option<u32> {
    fs::read_to_string(note(directory)).ok()?.trim().parse().ok()
}
