//! Everything that decides what operations do from one moment on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rivers_storage::records::{Key, Row};

use super::{Content, Simulated};

#[derive(Clone)]
pub struct Snapshot {
    rows: Arc<BTreeMap<Key, Row>>,
    now_micros: i64,
    last_order: i64,
    last_token: i64,
}

impl Snapshot {
    pub fn rows(&self) -> &BTreeMap<Key, Row> {
        &self.rows
    }

    pub const fn now(&self) -> i64 {
        self.now_micros.div_euclid(1000)
    }
}

impl Simulated {
    pub fn snapshot(&self) -> Snapshot {
        let rows = Arc::clone(&self.content.lock().rows);
        let (last_order, last_token) = self.context.last_given();
        Snapshot { rows, now_micros: self.context.clock.now_micros(), last_order, last_token }
    }

    /// Returns to a snapshot of this store, or of one that this store was restarted from.
    pub fn restore(&self, snapshot: &Snapshot) {
        let mut content = self.content.lock();
        *content = Arc::new(Content {
            rows: Arc::clone(&snapshot.rows),
            deleted: BTreeSet::new(),
            version: content.version + 1,
            guard: content.guard + 1,
        });
        self.context.go_back(snapshot.now_micros, snapshot.last_order, snapshot.last_token);
    }
}
