//! What to do with a folder, by what is in it. A new store is made only where none is, and nothing of what may be one
//! is touched.

use std::collections::BTreeMap;

use rivers_storage::{Code, Error, Result};

use super::names::EngineFile;
use super::record::{Record, State};

/// Names of files, with their sizes.
pub type Files = BTreeMap<String, u64>;

#[derive(Debug)]
pub struct Contents {
    pub files: Files,
    pub record: Option<Record>,
    /// The manifest in force, if `CURRENT` names one.
    pub manifest: Option<String>,
    /// Whether a store of this package was ever in the folder.
    pub is_ours: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    Create,
    /// What an earlier creation left goes first.
    CreateAgain,
    Open,
}

pub fn plan(contents: &Contents) -> Result<Plan> {
    let record = contents.record.as_ref();
    if record.is_some_and(|record| record.state == State::Creating) {
        return Ok(Plan::CreateAgain);
    }
    let engine_files = engine_files(&contents.files);
    if engine_files.is_empty() {
        return if record.is_none() {
            Ok(Plan::Create)
        } else {
            Err(contents.incomplete("all files of the store are missing"))
        };
    }
    let Some(manifest) = &contents.manifest else {
        let (missing, found) = (contents.files.contains_key("CURRENT"), shown(&engine_files));
        return Err(contents.incomplete(&if missing {
            "'CURRENT' names no manifest".to_owned()
        } else {
            format!("'CURRENT' is missing beside {found}")
        }));
    };
    if !contents.files.contains_key(manifest) {
        return Err(contents.incomplete(&format!("'{manifest}', which 'CURRENT' names, is missing")));
    }
    if let Some(record) = record {
        let is_as_left = record.state == State::Closed && record.manifest.as_ref() == Some(manifest);
        if is_as_left {
            require_all(record, &contents.files)?;
        }
        let unknown = engine_files.iter().filter(|name| !record.files.contains_key(**name));
        let strangers: Vec<_> = unknown.filter(|name| is_stranger(name, record, is_as_left)).copied().collect();
        refuse(&strangers)?;
    }
    Ok(Plan::Open)
}

/// The engine gives rising numbers, so a file with a lower one that was not there before is not the engine's.
fn is_stranger(name: &str, record: &Record, is_as_left: bool) -> bool {
    let number = EngineFile::named(name).and_then(EngineFile::number);
    number.is_some_and(|number| is_as_left || number < record.next)
}

/// Files that the engine would take for its own, and remove.
pub fn refuse(strangers: &[&str]) -> Result<()> {
    if strangers.is_empty() {
        return Ok(());
    }
    let message = format!("{} of the folder is not the store's: move it away", shown(strangers));
    Err(Error::new(Code::Io, message))
}

fn require_all(record: &Record, files: &Files) -> Result<()> {
    for (name, bytes) in &record.files {
        if !EngineFile::named(name).is_some_and(EngineFile::holds_rows) {
            continue;
        }
        match files.get(name) {
            Some(found) if found == bytes => {}
            Some(found) => return Err(Error::corrupt(format!("'{name}' has {found} bytes instead of {bytes}"))),
            None => return Err(Error::corrupt(format!("'{name}' is missing: put it back"))),
        }
    }
    Ok(())
}

/// What the engine knows by its name.
pub fn engine_files(files: &Files) -> Vec<&str> {
    files.keys().map(String::as_str).filter(|name| EngineFile::named(name).is_some()).collect()
}

/// A few of them.
fn shown(names: &[&str]) -> String {
    let named: Vec<_> = names.iter().take(3).map(|name| format!("'{name}'")).collect();
    let more = names.len().saturating_sub(3);
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

impl Contents {
    fn incomplete(&self, what: &str) -> Error {
        if self.is_ours {
            return Error::corrupt(format!("{what}: put it back"));
        }
        let message = format!("the folder holds files of another database ({what}): choose another folder");
        Error::new(Code::Io, message)
    }
}

/// The record of the store as it is now.
pub fn record(state: State, contents: &Contents) -> Record {
    let numbered = |name: &str| EngineFile::named(name).and_then(EngineFile::number);
    let next = contents.files.keys().filter_map(|name| numbered(name)).max().map_or(0, |last| last + 1);
    let files = contents.files.iter().filter(|(name, _)| numbered(name).is_some());
    let files = files.map(|(name, bytes)| (name.clone(), *bytes)).collect();
    Record { state, manifest: contents.manifest.clone(), next, files }
}

#[cfg(test)]
mod tests;
