//! Counts the memory that a query holds: what its own threads allocate, less what they free. A large sort also runs on
//! rayon's threads: queries share them, so they are not counted. SurrealDB has a limit only for the whole process, and only
//! with an allocator of its own.
//!
//! An allocator reports every allocation of the process here, so without a query a report costs one comparison.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering};

use rivers_storage::{Code, Error};

/// How many queries run at a time in the process. Each has a count here.
pub const MAX_RUNNING: usize = 2;
/// The most memory that a query may hold, in bytes.
const LIMIT: usize = 512 << 20;

static TAKEN: [AtomicBool; MAX_RUNNING] = [const { AtomicBool::new(false) }; MAX_RUNNING];
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static COUNTS: [AtomicIsize; MAX_RUNNING] = [const { AtomicIsize::new(0) }; MAX_RUNNING];

thread_local! {
    /// The query that this thread works for, counted from 1; 0 for none.
    static QUERY: Cell<usize> = const { Cell::new(0) };
}

/// The allocator calls this for each allocation, with its size.
#[inline]
pub fn allocated(bytes: usize) {
    if RUNNING.load(Ordering::Relaxed) > 0 {
        add(bytes.cast_signed());
    }
}

/// The allocator calls this for each block that it frees, with its size.
#[inline]
pub fn freed(bytes: usize) {
    if RUNNING.load(Ordering::Relaxed) > 0 {
        add(-bytes.cast_signed());
    }
}

#[cold]
fn add(bytes: isize) {
    // A thread that ends frees its thread-locals last.
    let query = QUERY.try_with(Cell::get).unwrap_or(0);
    if let Some(count) = query.checked_sub(1).and_then(|index| COUNTS.get(index)) {
        count.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// One of the counts, taken for a query.
pub struct MemoryAccount(MemoryCount);

/// Reads the count of a query.
#[derive(Clone, Copy)]
pub struct MemoryCount(usize);

impl MemoryAccount {
    /// None if all [`MAX_RUNNING`] counts are taken.
    pub fn open() -> Option<Self> {
        let index = TAKEN.iter().position(|taken| !taken.swap(true, Ordering::AcqRel))?;
        COUNTS[index].store(0, Ordering::Relaxed);
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Some(Self(MemoryCount(index)))
    }

    pub const fn memory(&self) -> MemoryCount {
        self.0
    }
}

impl Drop for MemoryAccount {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        TAKEN[self.0.0].store(false, Ordering::Release);
    }
}

impl MemoryCount {
    fn bytes(self) -> usize {
        usize::try_from(COUNTS[self.0].load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// The error of a query that holds too much.
    pub fn excess(self) -> Option<Error> {
        let text = || format!("surql: the query needs more than {} MiB of memory", LIMIT >> 20);
        (self.bytes() > LIMIT).then(|| Error::new(Code::InvalidArg, text()))
    }

    /// Counts this thread as one of the query from now on.
    pub fn count_this_thread(self) {
        QUERY.with(|query| query.set(self.0 + 1));
    }
}
