//! `rivers.store`: the store's state, and the numbered files of RocksDB that the folder had when it was written. Files
//! that RocksDB makes later have higher numbers.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io::{ErrorKind, Result};
use std::path::Path;

use super::durable::replace;
use super::engine_file::EngineFile;

pub const NAME: &str = "rivers.store";

const FORMAT: &str = "rivers-storage 1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No commit is synced yet: a creation that was interrupted starts again.
    Creating,
    InUse,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    pub state: State,
    /// The manifest that `CURRENT` names.
    pub manifest: Option<String>,
    /// Their names. RocksDB knows their sizes: those of a damaged file would be kept here.
    pub files: BTreeSet<String>,
}

impl Inventory {
    pub const fn creating() -> Self {
        Self { state: State::Creating, manifest: None, files: BTreeSet::new() }
    }

    /// Lower than the number of every file that RocksDB makes later.
    pub fn last_number(&self) -> Option<u64> {
        self.files.iter().filter_map(|name| EngineFile::named(name)?.number()).max()
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        replace(folder, NAME, self.encode().as_bytes())
    }

    /// `None` without a store, or for a store of a version that kept no inventory.
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
        let mut text = format!("{FORMAT}\n{state}\n{manifest}\n");
        for name in &self.files {
            let _ = writeln!(text, "{name}");
        }
        let checksum = crc32fast::hash(text.as_bytes());
        let _ = writeln!(text, "{checksum:08x}");
        text
    }

    fn decode(content: &[u8]) -> Option<Self> {
        let text = str::from_utf8(content).ok()?;
        let (body, checksum) = text.strip_suffix('\n')?.rsplit_once('\n')?;
        // The checksum covers the last line's end.
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
        let files = lines.map(str::to_owned).collect();
        Some(Self { state, manifest, files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory() -> Inventory {
        let files = ["000009.sst", "MANIFEST-000005"].map(str::to_owned).into();
        Inventory { state: State::Closed, manifest: Some("MANIFEST-000005".to_owned()), files }
    }

    #[test]
    fn an_inventory_is_read_as_it_was_written() {
        for inventory in
            [inventory(), Inventory::creating(), Inventory { state: State::InUse, manifest: None, ..inventory() }]
        {
            assert_eq!(Inventory::decode(inventory.encode().as_bytes()), Some(inventory));
        }
    }

    #[test]
    fn each_flipped_bit_and_each_cut_is_noticed() {
        let whole = inventory().encode().into_bytes();
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert_eq!(Inventory::decode(&flipped), None, "bit {at}");
        }
        for length in 0..whole.len() {
            assert_eq!(Inventory::decode(&whole[..length]), None, "{length} bytes");
        }
    }
}
