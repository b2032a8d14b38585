//! The time of a store.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock of a store, in microseconds since the Unix epoch. It never goes back.
#[derive(Debug)]
pub enum Clock {
    /// The wall clock when the store was opened plus the boot clock since: setting the wall clock moves no lease, and
    /// time goes on while the machine sleeps.
    System {
        /// The wall clock minus the boot clock, in microseconds.
        base: AtomicI64,
    },
    /// Stands still until it is moved, for tests.
    Manual {
        /// Microseconds since the Unix epoch.
        now: AtomicI64,
    },
}

impl Clock {
    /// A clock that begins at the wall clock.
    pub fn system() -> Self {
        Self::System { base: AtomicI64::new(wall_micros() - boot_micros()) }
    }

    /// A clock that is at this time now, in microseconds since the Unix epoch: that of a server.
    pub fn beginning_at(micros: i64) -> Self {
        Self::System { base: AtomicI64::new(micros - boot_micros()) }
    }

    /// A clock that stands at `now_ms` milliseconds since the Unix epoch.
    pub const fn manual(now_ms: i64) -> Self {
        Self::Manual { now: AtomicI64::new(now_ms * 1000) }
    }

    /// Microseconds since the Unix epoch.
    pub fn now_micros(&self) -> i64 {
        match self {
            Self::System { base } => base.load(Ordering::Relaxed) + boot_micros(),
            Self::Manual { now } => now.load(Ordering::SeqCst),
        }
    }

    /// Milliseconds since the Unix epoch, rounded down.
    pub fn now(&self) -> i64 {
        self.now_micros().div_euclid(1000)
    }

    /// Whether only [`Clock::not_before`] moves the clock.
    pub const fn is_manual(&self) -> bool {
        matches!(self, Self::Manual { .. })
    }

    /// Moves the clock forward to `micros`, unless it is there or later already.
    pub fn not_before(&self, micros: i64) {
        match self {
            Self::System { base } => base.fetch_max(micros - boot_micros(), Ordering::SeqCst),
            Self::Manual { now } => now.fetch_max(micros, Ordering::SeqCst),
        };
    }

    /// Moves a manual clock backwards.
    #[cfg(feature = "mutants")]
    pub(crate) fn go_back(&self, micros: i64) {
        if let Self::Manual { now } = self {
            now.store(micros, Ordering::SeqCst);
        }
    }
}

fn wall_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_micros() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1000
}

// Elsewhere the monotonic clock stands in: on macOS and Windows it, too, counts from the boot, but
// may stop while the machine sleeps, which makes leases last longer, never shorter.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn boot_micros() -> i64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let since = START.get_or_init(std::time::Instant::now).elapsed();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
