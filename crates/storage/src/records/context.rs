//! What a store gives to its transactions beside records: time, order numbers and tokens.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use super::Commits;
use crate::clock::Clock;

pub struct Context {
    pub clock: Clock,
    pub commits: Commits,
    last_order: AtomicI64,
    last_token: AtomicI64,
    store_id: OnceLock<String>,
}

impl Context {
    pub const fn new(clock: Clock) -> Self {
        Self {
            clock,
            commits: Commits::new(),
            last_order: AtomicI64::new(0),
            last_token: AtomicI64::new(0),
            store_id: OnceLock::new(),
        }
    }

    /// Goes on after what earlier openings of the store gave out.
    pub fn resume(&self, store_id: String, last_order: i64, last_token: i64) {
        self.last_order.fetch_max(last_order, Ordering::SeqCst);
        self.last_token.fetch_max(last_token, Ordering::SeqCst);
        self.store_id.get_or_init(|| store_id);
    }

    pub fn next_order(&self) -> i64 {
        self.last_order.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn next_token(&self, floor: i64) -> i64 {
        self.last_token.fetch_max(floor, Ordering::SeqCst);
        self.last_token.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The order number and the token.
    #[cfg(feature = "mutants")]
    pub fn last_given(&self) -> (i64, i64) {
        (self.last_order.load(Ordering::SeqCst), self.last_token())
    }

    /// Returns to an earlier state. An engine never does: it would give the same token twice.
    #[cfg(feature = "mutants")]
    pub fn go_back(&self, now_micros: i64, last_order: i64, last_token: i64) {
        self.clock.go_back(now_micros);
        self.last_order.store(last_order, Ordering::SeqCst);
        self.last_token.store(last_token, Ordering::SeqCst);
    }

    pub fn last_token(&self) -> i64 {
        self.last_token.load(Ordering::SeqCst)
    }

    pub fn store_id(&self) -> &str {
        self.store_id.get().map_or("", String::as_str)
    }
}
