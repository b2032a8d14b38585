//! Folders and small files that survive a power loss.

use std::fs::{self, File};
use std::io::{ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// Creates the folder and its missing parents, syncs the entry of each, and returns the canonical path.
pub fn make_folder(path: &Path) -> Result<PathBuf> {
    let made: Vec<&Path> = path.ancestors().take_while(|folder| is_missing(folder)).collect();
    fs::create_dir_all(path)?;
    for folder in made {
        sync_parent_directory(folder)?;
    }
    path.canonicalize()
}

fn is_missing(folder: &Path) -> bool {
    !folder.as_os_str().is_empty() && fs::metadata(folder).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

fn parent_of(folder: &Path) -> PathBuf {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new(".")).to_owned()
}

/// Syncs the folder's entry in its parent. A parent that may not be read cannot be synced.
pub fn sync_parent_directory(folder: &Path) -> Result<()> {
    match sync_directory(&parent_of(folder)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Syncs which files are in the folder, not their contents.
#[cfg(unix)]
pub fn sync_directory(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows syncs the entry with the file.
#[cfg(not(unix))]
pub fn sync_directory(_: &Path) -> Result<()> {
    Ok(())
}

/// Replaces the file in one step: after a power loss it has the old or the new content.
pub fn replace(folder: &Path, name: &str, content: &[u8]) -> Result<()> {
    let next = folder.join(format!("{name}.tmp"));
    let mut file = File::create(&next)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&next, folder.join(name))?;
    sync_directory(folder)
}
