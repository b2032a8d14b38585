//! The manifest: RocksDB's list of tables. Its beginning does not change, so a length and a checksum prove it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::Path;

use crc32fast::Hasher;

use super::engine_file::EngineFile;

/// A part of a manifest from its beginning on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    pub number: u64,
    pub bytes: u64,
    pub checksum: u32,
}

impl Manifest {
    pub fn name(&self) -> String {
        name(self.number)
    }
}

fn name(number: u64) -> String {
    format!("MANIFEST-{number:06}")
}

/// The manifest that `CURRENT` names.
pub struct Current {
    pub name: String,
    pub number: u64,
}

pub fn current(folder: &Path) -> Result<Current> {
    let content = fs::read_to_string(folder.join("CURRENT"))?;
    let named = content.strip_suffix('\n').and_then(|name| match EngineFile::named(name) {
        Some(EngineFile::Manifest(number)) => Some(Current { name: name.to_owned(), number }),
        _ => None,
    });
    named.ok_or_else(|| ErrorKind::InvalidData.into())
}

#[derive(Debug)]
pub struct ManifestReader {
    file: File,
    hasher: Hasher,
    manifest: Manifest,
}

impl ManifestReader {
    pub fn open(folder: &Path, number: u64) -> Result<Self> {
        // Windows syncs only files that are open to be written.
        let file = OpenOptions::new().read(true).write(true).open(folder.join(name(number)))?;
        Ok(Self::new(file, number))
    }

    fn new(file: File, number: u64) -> Self {
        Self { file, hasher: Hasher::new(), manifest: Manifest { number, ..Manifest::default() } }
    }

    /// The part that was read.
    pub const fn manifest(&self) -> Manifest {
        self.manifest
    }

    /// Reads and syncs what was added. False if nothing was.
    pub fn read_on(&mut self) -> Result<bool> {
        let end = self.file.metadata()?.len();
        if end <= self.manifest.bytes {
            return Ok(false);
        }
        // RocksDB may not have synced these bytes yet.
        self.file.sync_data()?;
        self.read_to(end)?;
        Ok(true)
    }

    fn read_to(&mut self, end: u64) -> Result<()> {
        let mut more = vec![0; usize::try_from(end - self.manifest.bytes).map_err(|_| ErrorKind::InvalidData)?];
        self.file.seek(SeekFrom::Start(self.manifest.bytes))?;
        self.file.read_exact(&mut more)?;
        self.hasher.update(&more);
        self.manifest.bytes = end;
        self.manifest.checksum = self.hasher.clone().finalize();
        Ok(())
    }
}

/// Whether the manifest still begins with the marked bytes.
pub fn is_whole(folder: &Path, marked: &Manifest) -> Result<bool> {
    let mut reader = ManifestReader::new(File::open(folder.join(marked.name()))?, marked.number);
    match reader.read_to(marked.bytes) {
        Ok(()) => Ok(reader.manifest == *marked),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
