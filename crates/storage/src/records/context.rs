//! What a store gives to its transactions beside records: time, order numbers and tokens.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use compact_str::CompactString;
use uuid::Uuid;

use super::Commits;
use crate::clock::Clock;

/// Counters and clock of an open store. They are in memory: `schema.rs` and `pools/recovery.rs` restore them at an
/// opening.
pub struct Context {
    /// The store's clock.
    pub clock: Clock,
    /// Notifies the listener of each commit.
    pub commits: Commits,
    last_order: AtomicI64,
    last_token: AtomicI64,
    /// Tokens are congruent to `.1` modulo `.0`.
    token_series: OnceLock<(i64, i64)>,
    store_id: OnceLock<String>,
    process: OnceLock<CompactString>,
    elected: AtomicBool,
    /// In microseconds: by how much the clock may be behind.
    clock_error: AtomicI64,
}

impl Context {
    /// The context of a store that is not opened yet: its counters begin at 0, and it has no store id.
    pub const fn new(clock: Clock) -> Self {
        Self {
            clock,
            commits: Commits::new(),
            last_order: AtomicI64::new(0),
            last_token: AtomicI64::new(0),
            token_series: OnceLock::new(),
            store_id: OnceLock::new(),
            process: OnceLock::new(),
            elected: AtomicBool::new(true),
            clock_error: AtomicI64::new(0),
        }
    }

    /// The store is opened: order numbers and tokens continue after those that earlier openings gave out.
    pub fn resume(&self, store_id: String, last_order: i64, last_token: i64) {
        self.last_order.fetch_max(last_order, Ordering::SeqCst);
        self.continue_tokens(last_token);
        self.store_id.get_or_init(|| store_id);
    }

    /// Gives out only tokens after this one.
    pub fn continue_tokens(&self, last_token: i64) {
        self.last_token.fetch_max(last_token, Ordering::SeqCst);
    }

    /// The next order number: greater than each before it.
    pub fn next_order(&self) -> i64 {
        self.last_order.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// From now on gives out only tokens that are `own` modulo `series`: other processes give out others.
    pub fn share_tokens(&self, series: i64, own: i64) {
        self.token_series.get_or_init(|| (series, own));
    }

    /// The next fencing token: greater than `floor` and than each before it.
    pub fn next_token(&self, floor: i64) -> i64 {
        let (series, own) = self.token_series.get().copied().unwrap_or((1, 0));
        let next = |last: i64| {
            let first = last.max(floor) + 1;
            first + (own - first).rem_euclid(series)
        };
        let before = self.last_token.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next(last)));
        next(before.unwrap_or_else(|last| last))
    }

    /// The last order number and the last token.
    #[cfg(feature = "mutants")]
    pub fn last_given(&self) -> (i64, i64) {
        (self.last_order.load(Ordering::SeqCst), self.last_token())
    }

    /// Returns to an earlier state, for the walk through all histories. An engine never does this: it would give out a
    /// token twice.
    #[cfg(feature = "mutants")]
    pub fn go_back(&self, now_micros: i64, last_order: i64, last_token: i64) {
        self.clock.go_back(now_micros);
        self.last_order.store(last_order, Ordering::SeqCst);
        self.last_token.store(last_token, Ordering::SeqCst);
    }

    /// The last fencing token that was given out, or 0.
    pub fn last_token(&self) -> i64 {
        self.last_token.load(Ordering::SeqCst)
    }

    /// Names this opening of the store in rows.
    pub fn process(&self) -> &CompactString {
        self.process.get_or_init(|| Uuid::new_v4().simple().to_string().into())
    }

    /// The latest time that it may be, in milliseconds since the Unix epoch: a holder of a lease counts by it, so that it
    /// never takes the lease for live when others do not.
    pub fn latest_now(&self) -> i64 {
        (self.clock.now_micros() + self.clock_error.load(Ordering::SeqCst)).div_euclid(1000)
    }

    /// It is `micros` at least and `error` more at most, by a clock that all processes share.
    pub fn set_time(&self, micros: i64, error: i64) {
        self.clock.not_before(micros);
        self.clock_error.store((micros + error - self.clock.now_micros()).max(0), Ordering::SeqCst);
    }

    /// Whether this process decides on pools for all processes that have the store open. A process that is alone does.
    pub fn is_elected(&self) -> bool {
        self.elected.load(Ordering::SeqCst)
    }

    /// Called by the engine when this process is elected, and when it is no longer.
    pub fn set_elected(&self, elected: bool) {
        self.elected.store(elected, Ordering::SeqCst);
    }

    /// The id of the store, which generated ids begin with. Empty before the store is opened.
    pub fn store_id(&self) -> &str {
        self.store_id.get().map_or("", String::as_str)
    }
}
