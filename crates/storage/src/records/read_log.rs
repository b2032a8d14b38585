//! What a transaction read. A remote commit checks by it whether the transaction would read the same again.

use parking_lot::Mutex;

use super::{BoxFuture, Direction, Key, Range, Reads, Row, Scan};
use crate::error::Result;

/// A read and its result.
#[derive(Clone, Debug)]
pub enum Read {
    /// A read of one key.
    Row {
        /// The key.
        key: Key,
        /// The row, if one was stored.
        found: Option<Row>,
    },
    /// A scan of a range.
    Rows {
        /// The range.
        range: Range,
        /// The order of the scan.
        direction: Direction,
        /// How many rows it asked for at most.
        limit: usize,
        /// The rows, in the order of the scan.
        found: Vec<Row>,
    },
}

impl Read {
    /// Whether the same read in `reads` has the same result.
    pub async fn is_current(&self, reads: &dyn Reads) -> Result<bool> {
        Ok(match self {
            Self::Row { key, found } => reads.get(key).await? == *found,
            Self::Rows { range, direction, limit, found } => reads.scan(range, *direction, *limit).await? == *found,
        })
    }
}

/// Logs the reads that it passes on. Records with several writers run a transaction on it, and check each read at the
/// commit.
pub struct ReadLog<'r> {
    reads: &'r dyn Reads,
    log: Mutex<Vec<Read>>,
}

impl<'r> ReadLog<'r> {
    /// An empty log over these reads.
    pub const fn new(reads: &'r dyn Reads) -> Self {
        Self { reads, log: Mutex::new(Vec::new()) }
    }

    /// The reads, in the order in which they were made.
    pub fn into_reads(self) -> Vec<Read> {
        self.log.into_inner()
    }
}

impl Reads for ReadLog<'_> {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        Box::pin(async {
            let found = self.reads.get(key).await?;
            self.log.lock().push(Read::Row { key: key.clone(), found: found.clone() });
            Ok(found)
        })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        Box::pin(async {
            let found = self.reads.get_many(keys).await?;
            let reads =
                keys.iter().zip(&found).map(|(key, found)| Read::Row { key: key.clone(), found: found.clone() });
            self.log.lock().extend(reads);
            Ok(found)
        })
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(async move {
            let found = self.reads.scan(range, direction, limit).await?;
            self.log.lock().push(Read::Rows { range: range.clone(), direction, limit, found: found.clone() });
            Ok(found)
        })
    }

    fn scan_many<'a>(&'a self, scans: &'a [Scan]) -> BoxFuture<'a, Result<Vec<Vec<Row>>>> {
        Box::pin(async {
            let found = self.reads.scan_many(scans).await?;
            let reads = scans.iter().zip(&found).map(|(scan, found)| Read::Rows {
                range: scan.range.clone(),
                direction: Direction::Forward,
                limit: scan.limit,
                found: found.clone(),
            });
            self.log.lock().extend(reads);
            Ok(found)
        })
    }
}
