//! `rivers.mark`: the last synced write, and how long the manifest was. RocksDB takes the first damaged record of a log,
//! or of the manifest, for its end; an opening that reads less than the mark says has found damage.
//!
//! A durable commit writes the mark after the sync of its log. The mark itself is not synced: after a kill it is exact,
//! after a power loss it may be an older one, never a newer one. Relaxed commits do not advance it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::engine_file::EngineFile;
use super::manifest::{Manifest, ManifestReader, current};

pub const NAME: &str = "rivers.mark";

const FILE_BYTES: u64 = 4096;
/// Two copies, written in turns, in sectors of their own: a torn write leaves the other.
const COPIES: [u64; 2] = [0, 2048];
const COPY_BYTES: usize = 48;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// RocksDB's number of the last synced write.
    pub sequence: u64,
    pub manifest: Manifest,
    /// The number of the newest log, for messages.
    pub log: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Mark(Mark),
    Nothing,
    Damage,
}

#[derive(Clone, Copy, Debug, Default)]
struct MarkCopy {
    generation: u64,
    mark: Mark,
}

impl MarkCopy {
    fn encode(&self) -> [u8; COPY_BYTES] {
        let Mark { sequence, manifest, log } = &self.mark;
        let mut bytes = [0; COPY_BYTES];
        bytes[..8].copy_from_slice(&self.generation.to_le_bytes());
        bytes[8..16].copy_from_slice(&sequence.to_le_bytes());
        bytes[16..24].copy_from_slice(&manifest.number.to_le_bytes());
        bytes[24..32].copy_from_slice(&manifest.bytes.to_le_bytes());
        bytes[32..40].copy_from_slice(&log.to_le_bytes());
        bytes[40..44].copy_from_slice(&manifest.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..44]);
        bytes[44..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let short = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        if short(44)? != crc32fast::hash(bytes.get(..44)?) {
            return None;
        }
        let manifest = Manifest { number: number(16)?, bytes: number(24)?, checksum: short(40)? };
        Some(Self { generation: number(0)?, mark: Mark { sequence: number(8)?, manifest, log: number(32)? } })
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
        |copy| Found::Mark(copy.mark),
    ))
}

fn newest(content: &[u8]) -> Option<MarkCopy> {
    let copies = COPIES.iter().filter_map(|at| MarkCopy::decode(content.get(usize::try_from(*at).ok()?..)?));
    copies.max_by_key(|copy| copy.generation)
}

/// Writes the mark of an open store.
#[derive(Debug)]
pub struct Marker {
    folder: PathBuf,
    file: File,
    last: Mutex<MarkCopy>,
    manifest: Mutex<Option<ManifestReader>>,
}

impl Marker {
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        if (content.len() as u64) < FILE_BYTES {
            // Zeros, not a hole: a full disk must not fail the mark of a commit.
            file.write_all(&vec![0; usize::try_from(FILE_BYTES).unwrap_or_default() - content.len()])?;
            file.sync_all()?;
        }
        let last = Mutex::new(newest(&content).unwrap_or_default());
        Ok(Self { folder: folder.to_owned(), file, last, manifest: Mutex::default() })
    }

    /// Marks all writes up to this one as synced.
    pub fn synced(&self, sequence: u64) -> Result<()> {
        self.write(|mark| mark.sequence = mark.sequence.max(sequence))
    }

    /// Syncs the manifest, and marks its length and checksum, and the newest log.
    pub fn mark_manifest(&self) -> Result<()> {
        let log = newest_log(&self.folder)?;
        let mut reader = self.manifest.lock();
        let number = current(&self.folder)?.number;
        if reader.as_ref().is_none_or(|reader| reader.manifest().number != number) {
            *reader = Some(ManifestReader::open(&self.folder, number)?);
        }
        let Some(reader) = reader.as_mut() else { return Ok(()) };
        if reader.read_on()? {
            let manifest = reader.manifest();
            self.write(|mark| (mark.manifest, mark.log) = (manifest, log))?;
        }
        Ok(())
    }

    fn write(&self, change: impl FnOnce(&mut Mark)) -> Result<()> {
        let mut copy = self.last.lock();
        change(&mut copy.mark);
        copy.generation += 1;
        let at = COPIES[usize::from(copy.generation % 2 == 1)];
        write_at(&self.file, &copy.encode(), at)
    }
}

fn newest_log(folder: &Path) -> Result<u64> {
    let mut newest = 0;
    for entry in fs::read_dir(folder)? {
        if let Some(EngineFile::Log(number)) = entry?.file_name().to_str().and_then(EngineFile::named) {
            newest = newest.max(number);
        }
    }
    Ok(newest)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> Result<()> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, at).map(|_| ())
}

#[cfg(test)]
mod tests;
