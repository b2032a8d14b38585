//! A state of a history: the records, and what the checks must remember of the steps before.

use std::fmt;
use std::hash::{Hash, Hasher};

use rivers_storage::records::{Row, Table};
use rivers_storage_testing::Snapshot;
use rivers_storage_testing::check::Check;
use rivers_storage_testing::rows::field;

use crate::normal::{Normal, normal};
use crate::shown::ShownLeases;
use crate::step::Attempt;
use crate::world::{CLIENTS, World};

#[derive(Clone)]
pub struct State {
    pub(crate) snapshot: Snapshot,
    pub(crate) shown: ShownLeases,
    /// The least number of operations that lead here.
    pub(crate) operations: usize,
    /// The greatest token granted so far.
    pub(crate) greatest: i64,
    /// By client, the token of a grant that ended: 0, which is never granted, before there is one.
    pub(crate) old: [i64; 3],
    /// By client, the attempt of its last grant.
    pub(crate) attempts: [&'static str; 3],
    /// What the last step violated.
    pub(crate) violated: Vec<Check>,
    /// A client in the same state as one before it need not act: the same states would follow.
    pub(crate) acts: [bool; 3],
    normal: Normal,
}

impl State {
    pub fn first(world: &World) -> Self {
        Self::new(world, 0, 0, [0; 3], [""; 3])
    }

    /// The state of the world after a step from `before`.
    pub fn after(before: &Self, world: &World) -> Self {
        let operations = before.operations + 1;
        if before.is_unchanged(&world.records.snapshot()) {
            return Self { operations, ..before.clone() };
        }
        let mut next = Self::new(world, operations, before.greatest, before.old, before.attempts);
        for (who, lease) in before.shown.leases.iter().enumerate() {
            let ended = |token| next.shown.leases[who].as_ref().is_none_or(|lease| lease.token != token);
            if let Some(token) = lease.as_ref().map(|lease| lease.token).filter(|token| ended(*token)) {
                next.old[who] = token;
            }
        }
        next
    }

    fn new(world: &World, operations: usize, greatest: i64, old: [i64; 3], attempts: [&'static str; 3]) -> Self {
        let snapshot = world.records.snapshot();
        let (normal, acts) = normal(&snapshot);
        Self { snapshot, shown: world.shown(), operations, greatest, old, attempts, violated: Vec::new(), acts, normal }
    }

    pub fn a_holder_waits(&self) -> bool {
        self.rows(Table::Waiter).any(|row| field::<Option<i64>>(row, "holds_until").is_some())
    }

    pub fn a_head_was_overtaken(&self) -> bool {
        self.rows(Table::PoolQueue).any(|row| field::<i64>(row, "overtaken") > 0)
    }

    /// Whether nothing was written, and no time has passed.
    fn is_unchanged(&self, snapshot: &Snapshot) -> bool {
        std::ptr::eq(self.snapshot.rows(), snapshot.rows()) && self.snapshot.now() == snapshot.now()
    }

    /// When the next lease or queue entry ends.
    pub fn next_end(&self) -> Option<i64> {
        let leases = self.rows(Table::Lease).map(|row| field(row, "expires_at"));
        let entries = self.rows(Table::Waiter).map(|row| field(row, "until"));
        leases.chain(entries).filter(|end| *end > self.snapshot.now()).min()
    }

    pub fn attempt(&self, who: usize, attempt: Attempt) -> &'static str {
        match (attempt, self.attempts[who]) {
            (Attempt::Same, known) => known,
            (Attempt::Another, "") => "again",
            (Attempt::Another, _) => "",
        }
    }

    /// Whether each lease is stored with the attempt that claimed it.
    pub fn stores_attempts(&self) -> bool {
        self.rows(Table::Lease).all(|row| {
            let (run, attempt): (String, String) = (field(row, "run_id"), field(row, "attempt"));
            CLIENTS.iter().position(|name| *name == run).is_some_and(|who| self.attempts[who] == attempt)
        })
    }

    /// The greatest token that the next opening of the store finds.
    pub fn stored_token(&self) -> i64 {
        let rows = self.rows(Table::Pool).chain(self.rows(Table::Meta));
        rows.map(|row| field(row, "last_token")).max().unwrap_or(0)
    }

    fn rows(&self, table: Table) -> impl Iterator<Item = &Row> {
        self.snapshot.rows().iter().filter(move |(key, _)| key.table == table).map(|(_, row)| row)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal && self.violated == other.violated
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.normal.hash(hasher);
        self.violated.hash(hasher);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shown, greatest, old, violated, .. } = self;
        let now = self.snapshot.now();
        write!(f, "at {now}: {shown:?}, greatest token {greatest}, old ones {old:?}, violated: {violated:?}")
    }
}
