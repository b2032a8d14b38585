//! Counts the memory that a query holds: what its threads allocate, less what they free. SurrealDB has a limit only for the
//! whole process, and only with an allocator of its own.
//!
//! An allocator reports every allocation of the process here, so the case without a query costs one comparison.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering};

use rivers_storage::{Code, Error};

/// How many queries run at a time, in all stores of the process.
pub const QUERIES: usize = 2;
/// The most memory that a query may hold, in bytes.
const LIMIT: usize = 512 << 20;

static TAKEN: [AtomicBool; QUERIES] = [const { AtomicBool::new(false) }; QUERIES];
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static HELD: [AtomicIsize; QUERIES] = [const { AtomicIsize::new(0) }; QUERIES];

thread_local! {
    /// The query that this thread works for, counted from 1; 0 for none.
    static QUERY: Cell<usize> = const { Cell::new(0) };
}

/// An allocator calls it after it has allocated.
#[inline]
pub fn allocated(bytes: usize) {
    if RUNNING.load(Ordering::Relaxed) > 0 {
        add(bytes.cast_signed());
    }
}

/// An allocator calls it after it has freed.
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
    if let Some(held) = query.checked_sub(1).and_then(|index| HELD.get(index)) {
        held.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The count of one query.
pub struct Account(Held);

/// Reads the count of a query.
#[derive(Clone, Copy)]
pub struct Held(usize);

impl Account {
    /// None if [`QUERIES`] accounts are open.
    pub fn open() -> Option<Self> {
        let index = TAKEN.iter().position(|taken| !taken.swap(true, Ordering::AcqRel))?;
        HELD[index].store(0, Ordering::Relaxed);
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Some(Self(Held(index)))
    }

    pub const fn held(&self) -> Held {
        self.0
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        TAKEN[self.0.0].store(false, Ordering::Release);
    }
}

impl Held {
    fn bytes(self) -> usize {
        usize::try_from(HELD[self.0].load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// The error of a query that holds too much.
    pub fn excess(self) -> Option<Error> {
        let text = || format!("surql: the query needs more than {} MiB of memory", LIMIT >> 20);
        (self.bytes() > LIMIT).then(|| Error::new(Code::InvalidArg, text()))
    }

    /// From now on this thread works for the query.
    pub fn count_this_thread(self) {
        QUERY.with(|query| query.set(self.0 + 1));
    }
}
