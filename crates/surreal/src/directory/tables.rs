//! Whose table a file is: each table carries the identity of the database that wrote it.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::Path;

/// At the end of each table that was finished.
const MAGIC: [u8; 8] = 0x88e2_41b7_85f4_cff7_u64.to_le_bytes();
/// The table's properties, with the identity, are within this of its end.
const TAIL_BYTES: u64 = 64 << 10;

/// Whether another database wrote it. One that was not finished tells nothing: a killed process leaves such.
pub fn is_of_another(table: &Path, identity: &[u8]) -> Result<bool> {
    let mut file = File::open(table)?;
    let bytes = file.metadata()?.len();
    file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let names_identity = tail.windows(identity.len()).any(|window| window == identity);
    Ok(tail.ends_with(&MAGIC) && !names_identity)
}
