//! How far the store was acknowledged: `rivers.mark`, by which an opening notices that the end of the log, or of the
//! manifest, is gone. The engine takes the first damaged record of a log for its end.
//!
//! A commit writes the mark after its log is synced, and does not sync the mark: after a kill it is exact, after a
//! power loss it may be an older one. It never says more than what is on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crc32fast::Hasher;

use super::names::EngineFile;

pub const NAME: &str = "rivers.mark";

const FILE_BYTES: u64 = 4096;
/// Written in turns, in sectors of their own: one that was cut short leaves the other.
const SLOTS: [u64; 2] = [0, 2048];
const SLOT_BYTES: usize = 40;

/// What is known to be on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The engine's number of the last write.
    pub sequence: u64,
    pub manifest: Manifest,
}

/// The beginning of the engine's list of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    pub number: u64,
    pub bytes: u64,
    pub checksum: u32,
}

/// What the file says.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Mark(Mark),
    Nothing,
    Damage,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    turn: u64,
    mark: Mark,
}

impl Slot {
    fn encode(&self) -> [u8; SLOT_BYTES] {
        let Mark { sequence, manifest } = &self.mark;
        let mut bytes = [0; SLOT_BYTES];
        bytes[..8].copy_from_slice(&self.turn.to_le_bytes());
        bytes[8..16].copy_from_slice(&sequence.to_le_bytes());
        bytes[16..24].copy_from_slice(&manifest.number.to_le_bytes());
        bytes[24..32].copy_from_slice(&manifest.bytes.to_le_bytes());
        bytes[32..36].copy_from_slice(&manifest.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..36]);
        bytes[36..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let short = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        if short(36)? != crc32fast::hash(bytes.get(..36)?) {
            return None;
        }
        let manifest = Manifest { number: number(16)?, bytes: number(24)?, checksum: short(32)? };
        Some(Self { turn: number(0)?, mark: Mark { sequence: number(8)?, manifest } })
    }
}

pub fn read(folder: &Path) -> Result<Found> {
    let content = match fs::read(folder.join(NAME)) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    Ok(newest(&content).map_or_else(
        || if content.iter().all(|byte| *byte == 0) { Found::Nothing } else { Found::Damage },
        |slot| Found::Mark(slot.mark),
    ))
}

fn newest(content: &[u8]) -> Option<Slot> {
    let slots = SLOTS.iter().filter_map(|at| Slot::decode(content.get(usize::try_from(*at).ok()?..)?));
    slots.max_by_key(|slot| slot.turn)
}

/// The mark of a store that is open.
#[derive(Debug)]
pub struct Marker {
    folder: PathBuf,
    file: File,
    slot: Mutex<Slot>,
    manifest: Mutex<Option<ManifestReader>>,
}

impl Marker {
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        if (content.len() as u64) < FILE_BYTES {
            // Not only as long: the blocks are there, so that a full disk fails no commit here.
            file.write_all(&vec![0; usize::try_from(FILE_BYTES).unwrap_or_default() - content.len()])?;
            file.sync_all()?;
        }
        let slot = Mutex::new(newest(&content).unwrap_or_default());
        Ok(Self { folder: folder.to_owned(), file, slot, manifest: Mutex::default() })
    }

    /// Everything up to this write is synced.
    pub fn synced(&self, sequence: u64) -> Result<()> {
        self.write(|mark| mark.sequence = mark.sequence.max(sequence))
    }

    /// The engine's list of tables may have grown: what it holds now is synced, and counts.
    pub fn manifest_grew(&self) -> Result<()> {
        let mut reader = self.manifest.lock().unwrap_or_else(PoisonError::into_inner);
        let number = current(&self.folder)?.number;
        if reader.as_ref().is_none_or(|reader| reader.manifest.number != number) {
            *reader = Some(ManifestReader::open(&self.folder, number)?);
        }
        let Some(reader) = reader.as_mut() else { return Ok(()) };
        if reader.read_on()? {
            let manifest = reader.manifest;
            self.write(|mark| mark.manifest = manifest)?;
        }
        Ok(())
    }

    fn write(&self, change: impl FnOnce(&mut Mark)) -> Result<()> {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut slot.mark);
        slot.turn += 1;
        let at = SLOTS[usize::from(slot.turn % 2 == 1)];
        write_at(&self.file, &slot.encode(), at)
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> Result<()> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, at).map(|_| ())
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
struct ManifestReader {
    file: File,
    hasher: Hasher,
    manifest: Manifest,
}

impl ManifestReader {
    fn open(folder: &Path, number: u64) -> Result<Self> {
        let file = File::open(folder.join(format!("MANIFEST-{number:06}")))?;
        Ok(Self { file, hasher: Hasher::new(), manifest: Manifest { number, ..Manifest::default() } })
    }

    /// Whether there was more.
    fn read_on(&mut self) -> Result<bool> {
        let end = self.file.metadata()?.len();
        if end <= self.manifest.bytes {
            return Ok(false);
        }
        // Another thread may be about to sync what is there.
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

/// Whether the beginning of the manifest is what it was.
pub fn is_whole(folder: &Path, marked: &Manifest) -> Result<bool> {
    let mut reader = ManifestReader::open(folder, marked.number)?;
    match reader.read_to(marked.bytes) {
        Ok(()) => Ok(reader.manifest == *marked),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
