//! Which database wrote a table: its properties carry the database's id.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use std::path::Path;

/// Ends every complete table.
const MAGIC: [u8; 8] = 0x88e2_41b7_85f4_cff7_u64.to_le_bytes();
/// The properties stand within this of the end.
const TAIL_BYTES: u64 = 64 << 10;

/// Whether a database with another id wrote it. False for an incomplete table, which a kill leaves.
pub fn is_of_another(table: &Path, id: &[u8]) -> Result<bool> {
    let mut file = File::open(table)?;
    let bytes = file.metadata()?.len();
    file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let has_id = id.is_empty() || tail.windows(id.len()).any(|window| window == id);
    Ok(tail.ends_with(&MAGIC) && !has_id)
}
