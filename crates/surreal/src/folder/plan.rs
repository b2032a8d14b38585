//! Decides by file names and sizes whether to create a store, start a creation again, open the store, or refuse. A store
//! is created only where there is none, and the files of what may be one are left as they are.

use std::collections::BTreeMap;

use rivers_storage::{Code, Error, Result};

use super::engine_file::EngineFile;
use super::inventory::{Inventory, State};

/// Names and sizes.
pub type FileSizes = BTreeMap<String, u64>;

#[derive(Debug)]
pub struct Contents {
    pub files: FileSizes,
    pub inventory: Option<Inventory>,
    /// The manifest that `CURRENT` names, if it names one.
    pub manifest: Option<String>,
    /// Whether this package has made or opened a store here before.
    pub is_ours: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    Create,
    /// Removes the files of an interrupted creation first.
    CreateAgain,
    Open,
}

pub fn plan(contents: &Contents) -> Result<Plan> {
    let inventory = contents.inventory.as_ref();
    if inventory.is_some_and(|inventory| inventory.state == State::Creating) {
        return Ok(Plan::CreateAgain);
    }
    let engine_files = engine_files(&contents.files);
    if engine_files.is_empty() {
        return match inventory {
            None => Ok(Plan::Create),
            Some(_) => Err(contents.incomplete("all files of the store are missing")),
        };
    }
    let Some(manifest) = &contents.manifest else {
        let what = if contents.files.contains_key("CURRENT") {
            "'CURRENT' names no manifest".to_owned()
        } else {
            format!("'CURRENT' is missing beside {}", a_few(&engine_files))
        };
        return Err(contents.incomplete(&what));
    };
    if !contents.files.contains_key(manifest) {
        return Err(contents.incomplete(&format!("'{manifest}', which 'CURRENT' names, is missing")));
    }
    // Otherwise RocksDB has run since: the store was killed, or SurrealDB has changed it.
    let is_closed =
        |inventory: &&Inventory| inventory.state == State::Closed && inventory.manifest.as_ref() == Some(manifest);
    let unchanged = inventory.filter(is_closed);
    if let Some(inventory) = unchanged {
        require_all(inventory, &contents.files)?;
    }
    let is_stranger = |name: &&str| is_stranger(name, contents, unchanged.is_some());
    let strangers: Vec<_> = engine_files.into_iter().filter(is_stranger).collect();
    refuse(&strangers)?;
    Ok(Plan::Open)
}

/// More files than RocksDB ever makes: it would go on from such a number, and have none left.
const TOO_HIGH: u64 = 1 << 62;

/// File numbers only rise, so RocksDB did not make a file with a lower number that was not there before. It begins a
/// manifest and an empty log before it makes a table, also when it is killed then.
fn is_stranger(name: &str, contents: &Contents, is_unchanged: bool) -> bool {
    let inventory = contents.inventory.as_ref();
    let is_known = inventory.is_some_and(|inventory| inventory.files.contains(name));
    let Some(file) = EngineFile::named(name).filter(|_| !is_known) else { return false };
    let Some(number) = file.number() else { return false };
    let is_later = inventory.is_none_or(|inventory| Some(number) > inventory.last_number());
    match file {
        _ if number >= TOO_HIGH => true,
        EngineFile::Options(_) => false,
        _ if !is_later => true,
        EngineFile::Manifest(_) => false,
        EngineFile::Log(_) => is_unchanged && contents.files.get(name).is_some_and(|bytes| *bytes > 0),
        _ => is_unchanged,
    }
}

/// RocksDB would take such files for its own, and delete them.
pub fn refuse(strangers: &[&str]) -> Result<()> {
    if strangers.is_empty() {
        return Ok(());
    }
    let message = format!("{} does not belong to the store: move it out of the folder", a_few(strangers));
    Err(Error::new(Code::Io, message))
}

fn require_all(inventory: &Inventory, files: &FileSizes) -> Result<()> {
    let is_needed = |name: &&String| EngineFile::named(name).is_some_and(EngineFile::is_needed_when_closed);
    let lost = inventory.files.iter().filter(is_needed).find(|name| !files.contains_key(*name));
    lost.map_or(Ok(()), |name| Err(missing(name)))
}

pub fn wrong_size(name: &str, found: u64, wanted: u64) -> Error {
    Error::corrupt(format!("'{name}' has {found} bytes instead of {wanted}: put it back"))
}

pub fn missing(name: &str) -> Error {
    Error::corrupt(format!("'{name}' is missing: put it back"))
}

/// The names that RocksDB uses.
pub fn engine_files(files: &FileSizes) -> Vec<&str> {
    files.keys().map(String::as_str).filter(|name| EngineFile::named(name).is_some()).collect()
}

/// The first three, and how many more there are.
fn a_few(names: &[&str]) -> String {
    let first: Vec<_> = names.iter().take(3).map(|name| format!("'{name}'")).collect();
    let more = names.len().saturating_sub(3);
    if more == 0 { first.join(", ") } else { format!("{} and {more} more", first.join(", ")) }
}

impl Contents {
    fn incomplete(&self, what: &str) -> Error {
        if self.is_ours { Error::corrupt(format!("{what}: put it back")) } else { of_another_database(what) }
    }

    pub fn inventory(&self, state: State) -> Inventory {
        let numbered = |name: &str| EngineFile::named(name).and_then(EngineFile::number).is_some();
        let files = self.files.keys().filter(|name| numbered(name)).cloned().collect();
        Inventory { state, manifest: self.manifest.clone(), files }
    }
}

pub fn of_another_database(what: &str) -> Error {
    Error::new(Code::Io, format!("the folder holds files of another database ({what}): choose another folder"))
}

#[cfg(test)]
mod tests;
