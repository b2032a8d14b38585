//! A moment of a history, with what has to be remembered of how it came to be.

use std::fmt;
use std::hash::{Hash, Hasher};

use rivers_storage::records::{FromValue, Row, Table};
use rivers_storage_testing::Moment;

use crate::invariants::Promise;
use crate::normal::{Normal, normal};
use crate::shown::Shown;
use crate::step::Attempt;
use crate::world::{CLAIMERS, World};

#[derive(Clone)]
pub struct State {
    pub(crate) moment: Moment,
    pub(crate) shown: Shown,
    /// How many led here, at least.
    pub(crate) operations: usize,
    /// The greatest token that was given so far.
    pub(crate) greatest: i64,
    /// Of each claimer the token of a grant that ended; before there is one 0, which is never given.
    pub(crate) old: [i64; 3],
    /// Of each claimer, as which attempt it was last granted something.
    pub(crate) attempts: [&'static str; 3],
    /// What the step that led here broke.
    pub(crate) broken: Vec<Promise>,
    /// Claimers that are as one before them is need not act: the same would follow.
    pub(crate) acts: [bool; 3],
    normal: Normal,
}

impl State {
    pub fn first(world: &World) -> Self {
        Self::new(world, 0, 0, [0; 3], [""; 3])
    }

    /// What the world has become, from this state on.
    pub fn after(before: &Self, world: &World) -> Self {
        let operations = before.operations + 1;
        if before.is_still(&world.records.moment()) {
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
        let moment = world.records.moment();
        let (normal, acts) = normal(&moment);
        Self { moment, shown: world.shown(), operations, greatest, old, attempts, broken: Vec::new(), acts, normal }
    }

    pub fn anybody_waits_and_holds(&self) -> bool {
        self.rows(Table::Waiter).any(|row| field::<Option<i64>>(row, "holds_until").is_some())
    }

    pub fn anybody_was_overtaken(&self) -> bool {
        self.rows(Table::PoolQueue).any(|row| field::<i64>(row, "overtaken") > 0)
    }

    /// Nothing was written, and no time has passed.
    fn is_still(&self, moment: &Moment) -> bool {
        std::ptr::eq(self.moment.rows(), moment.rows()) && self.moment.now() == moment.now()
    }

    /// When the next lease or place in a queue ends.
    pub fn next_end(&self) -> Option<i64> {
        let leases = self.rows(Table::Lease).map(|row| field(row, "expires_at"));
        let places = self.rows(Table::Waiter).map(|row| field(row, "until"));
        leases.chain(places).filter(|end| *end > self.moment.now()).min()
    }

    pub fn attempt(&self, who: usize, attempt: Attempt) -> &'static str {
        match (attempt, self.attempts[who]) {
            (Attempt::Same, known) => known,
            (Attempt::Another, "") => "again",
            (Attempt::Another, _) => "",
        }
    }

    /// Whether each lease is stored as that of the attempt that claimed it.
    pub fn knows_attempts(&self) -> bool {
        self.rows(Table::Lease).all(|row| {
            let (run, attempt): (String, String) = (field(row, "run_id"), field(row, "attempt"));
            CLAIMERS.iter().position(|name| *name == run).is_some_and(|who| self.attempts[who] == attempt)
        })
    }

    /// The greatest token that the store knows of when it is opened again.
    pub fn stored_token(&self) -> i64 {
        let rows = self.rows(Table::Pool).chain(self.rows(Table::Meta));
        rows.map(|row| field(row, "last_token")).max().unwrap_or(0)
    }

    fn rows(&self, table: Table) -> impl Iterator<Item = &Row> {
        self.moment.rows().iter().filter(move |(key, _)| key.table == table).map(|(_, row)| row)
    }
}

fn field<T: FromValue>(row: &Row, name: &'static str) -> T {
    row.clone().take(name).expect("a field")
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal && self.broken == other.broken
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.normal.hash(hasher);
        self.broken.hash(hasher);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shown, greatest, old, broken, .. } = self;
        let now = self.moment.now();
        write!(f, "at {now}: {shown:?}, greatest token {greatest}, old ones {old:?}, broken: {broken:?}")
    }
}
