//! What the folder holds of a store: `rivers.store`. It says whether the store is being made, in use, or closed, and
//! which of the engine's files were there then. What the engine makes later has a higher number.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io::{ErrorKind, Result};
use std::path::Path;

use super::sync::replace;

pub const NAME: &str = "rivers.store";

const FORMAT: &str = "rivers-storage 1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing in the folder was acknowledged yet: a creation that was killed is begun again.
    Creating,
    InUse,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub state: State,
    /// The manifest in force.
    pub manifest: Option<String>,
    /// Higher than the number of every file.
    pub next: u64,
    /// The engine's numbered files, with their sizes.
    pub files: BTreeMap<String, u64>,
}

impl Record {
    pub const fn creating() -> Self {
        Self { state: State::Creating, manifest: None, next: 0, files: BTreeMap::new() }
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        replace(folder, NAME, self.encode().as_bytes())
    }

    /// Nothing where no store was made, or only by versions that left no record.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        match fs::read(folder.join(NAME)) {
            Ok(content) => Self::decode(&content).map(Some).ok_or_else(|| ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn encode(&self) -> String {
        let state = match self.state {
            State::Creating => "creating",
            State::InUse => "in use",
            State::Closed => "closed",
        };
        let manifest = self.manifest.as_deref().unwrap_or_default();
        let mut text = format!("{FORMAT}\n{state}\n{manifest}\n{}\n", self.next);
        for (name, bytes) in &self.files {
            let _ = writeln!(text, "{name} {bytes}");
        }
        let checksum = crc32fast::hash(text.as_bytes());
        let _ = writeln!(text, "{checksum:08x}");
        text
    }

    fn decode(content: &[u8]) -> Option<Self> {
        let text = str::from_utf8(content).ok()?;
        let (body, checksum) = text.strip_suffix('\n')?.rsplit_once('\n')?;
        // The checksum is of the line's end, too.
        let body = text.get(..=body.len())?;
        if format!("{:08x}", crc32fast::hash(body.as_bytes())) != checksum {
            return None;
        }
        let mut lines = body.lines();
        if lines.next()? != FORMAT {
            return None;
        }
        let state = match lines.next()? {
            "creating" => State::Creating,
            "in use" => State::InUse,
            "closed" => State::Closed,
            _ => return None,
        };
        let manifest = Some(lines.next()?).filter(|name| !name.is_empty()).map(str::to_owned);
        let next = lines.next()?.parse().ok()?;
        let file =
            |line: &str| line.split_once(' ').and_then(|(name, bytes)| Some((name.to_owned(), bytes.parse().ok()?)));
        let files = lines.map(file).collect::<Option<_>>()?;
        Some(Self { state, manifest, next, files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let files = [("000009.sst".to_owned(), 1234), ("MANIFEST-000005".to_owned(), 99)].into();
        Record { state: State::Closed, manifest: Some("MANIFEST-000005".to_owned()), next: 12, files }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for record in [record(), Record::creating(), Record { state: State::InUse, manifest: None, ..record() }] {
            assert_eq!(Record::decode(record.encode().as_bytes()), Some(record));
        }
    }

    #[test]
    fn each_flipped_bit_and_each_cut_is_noticed() {
        let whole = record().encode().into_bytes();
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert_eq!(Record::decode(&flipped), None, "bit {at}");
        }
        for length in 0..whole.len() {
            assert_eq!(Record::decode(&whole[..length]), None, "{length} bytes");
        }
    }
}
