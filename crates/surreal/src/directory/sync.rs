//! Files and names of files that survive a power loss.

use std::fs::{self, File};
use std::io::{ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// Makes the folder with all that lead to it, and gives its one name.
pub fn make_folder(path: &Path) -> Result<PathBuf> {
    let made: Vec<&Path> = path.ancestors().take_while(|folder| is_missing(folder)).collect();
    fs::create_dir_all(path)?;
    for folder in made {
        sync_names(&parent_of(folder))?;
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

/// The folder's own name. A parent that may not be read cannot be synced: its owner made the folder.
pub fn sync_name_of(folder: &Path) -> Result<()> {
    match sync_names(&parent_of(folder)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Which files are in the folder, not what is in them.
#[cfg(unix)]
pub fn sync_names(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows writes names with the files.
#[cfg(not(unix))]
pub fn sync_names(_: &Path) -> Result<()> {
    Ok(())
}

/// Afterwards the file holds this; after a power loss before, what it held or this.
pub fn replace(folder: &Path, name: &str, content: &[u8]) -> Result<()> {
    let next = folder.join(format!("{name}.tmp"));
    let mut file = File::create(&next)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&next, folder.join(name))?;
    sync_names(folder)
}
