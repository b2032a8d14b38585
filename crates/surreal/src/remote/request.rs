//! The request that commits: which statements it has, and their variables.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rivers_storage::records::{Key, Row};
use surrealdb_types::{Object, RecordId, RecordIdKey, Value};

use super::messages::posts_id;
use super::others::NewPosts;
use super::values::{self, int, list};

/// The table of the guard.
pub const GUARDS: &str = "remote_guard";

const IN_TIME: &str = "IF time::micros(time::now()) > $until { THROW $late };";
const ONCE: &str =
    "IF array::len(UPDATE $me SET n = $n, fenced = false WHERE n = $n - 1 RETURN VALUE n) = 0 { THROW $void };";
const GUARD_CHECKED: &str =
    "IF array::len(UPDATE $guard SET n = $g + 1 WHERE n = $g RETURN VALUE n) = 0 { THROW $stale };";
const GUARD_UNCHANGED: &str = "IF (SELECT VALUE n FROM ONLY $guard FOR UPDATE) != $g { THROW $stale };";
const GUARD_COUNTED: &str = "UPDATE $guard SET n += 1 RETURN NONE;";
const GUARD_SEEN: &str = "IF (SELECT VALUE n FROM ONLY $guard) != $g { THROW $stale };";
const CHECKS: &str = "FOR $c IN $checks { LET $id = $c[0]; \
    IF (SELECT * FROM ONLY $id FOR UPDATE) != $c[1] { THROW $stale } };";
const CHECKS_ONLY: &str =
    "FOR $c IN $checks { LET $id = $c[0]; IF (SELECT * FROM ONLY $id) != $c[1] { THROW $stale } };";
const INSERTS: &str = "INSERT $inserts RETURN NONE;";
const UPDATES: &str = "FOR $w IN $updates { LET $id = $w[0]; UPDATE $id CONTENT $w[1] RETURN NONE };";
const UPSERTS: &str = "FOR $w IN $upserts { LET $id = $w[0]; UPSERT $id CONTENT $w[1] RETURN NONE };";
const DELETES: &str = "DELETE $deletes RETURN NONE;";
/// The posts before are there, and the calls that it answers were not taken back.
const POSTS: &str = "FOR $p IN $posts { LET $id = $p[0]; IF array::len(UPDATE $id CONTENT $p[3] \
    WHERE number = $p[1] AND seen <= $p[2] RETURN VALUE number) = 0 { THROW $stale } };";

/// What a transaction read and writes.
#[derive(Default)]
pub struct Changes {
    pub read: BTreeMap<Key, Option<Row>>,
    pub guard: Option<i64>,
    /// None for a row that is removed.
    pub writes: BTreeMap<Key, Option<Row>>,
    /// Whether rows that are written were stored before, as far as that is known without being read.
    pub known: BTreeMap<Key, bool>,
    /// The earliest time after which a call that it answers takes no effect.
    pub until: Option<i64>,
    /// What it tells other processes.
    pub posts: BTreeMap<CompactString, NewPosts>,
}

impl Changes {
    pub fn counts_the_guard(&self) -> bool {
        self.writes.keys().any(|key| key.table.is_guarded())
    }
}

/// When a commit may take place.
pub struct Turn {
    /// The row of its process.
    pub me: RecordId,
    pub number: i64,
    /// By the server's clock, in microseconds.
    pub until: i64,
}

pub struct Request {
    pub text: String,
    pub variables: Object,
}

pub fn guard() -> RecordId {
    RecordId::new(GUARDS, RecordIdKey::String("pools".to_owned()))
}

/// `marker` begins what the statements throw.
pub fn committing(changes: &Changes, turn: &Turn, marker: &str) -> Request {
    let mut request = Request::new(marker);
    request.set("me", Value::RecordId(turn.me.clone()));
    request.set("n", int(turn.number));
    request.set("until", int(turn.until));
    request.add(IN_TIME);
    request.add(ONCE);
    match (changes.guard, changes.counts_the_guard()) {
        (Some(_), true) => request.add(GUARD_CHECKED),
        (Some(_), false) => request.add(GUARD_UNCHANGED),
        (None, true) => request.add(GUARD_COUNTED),
        (None, false) => {}
    }
    request.set_guard(changes.guard);
    request.check(changes, CHECKS);
    request.write(changes);
    if !changes.posts.is_empty() {
        let post = |(process, new): (&CompactString, &NewPosts)| {
            list(vec![Value::RecordId(posts_id(process)), int(new.after), int(new.version), new.posts.to_value()])
        };
        request.set("posts", list(changes.posts.iter().map(post).collect()));
        request.add(POSTS);
    }
    // The statements may have taken long.
    request.add(IN_TIME);
    request.end()
}

/// Checks whether what was read is current.
pub fn checking(changes: &Changes, marker: &str) -> Request {
    let mut request = Request::new(marker);
    if changes.guard.is_some() {
        request.set_guard(changes.guard);
        request.add(GUARD_SEEN);
    }
    request.check(changes, CHECKS_ONLY);
    request.end()
}

impl Request {
    fn new(marker: &str) -> Self {
        let mut request = Self { text: "BEGIN;".to_owned(), variables: Object::new() };
        for word in ["late", "void", "stale"] {
            request.set(word, Value::String(format!("{marker} {word}")));
        }
        request
    }

    fn set(&mut self, name: &str, value: Value) {
        self.variables.insert(name, value);
    }

    fn add(&mut self, statement: &str) {
        self.text.push_str(statement);
    }

    fn end(mut self) -> Self {
        self.add("COMMIT;");
        self
    }

    fn set_guard(&mut self, seen: Option<i64>) {
        self.set("guard", Value::RecordId(guard()));
        if let Some(seen) = seen {
            self.set("g", int(seen));
        }
    }

    fn check(&mut self, changes: &Changes, statement: &str) {
        if changes.read.is_empty() {
            return;
        }
        let check = |(key, row): (&Key, &Option<Row>)| {
            let id = Value::RecordId(values::record_id(key));
            let expected = row.as_ref().map_or(Value::None, |row| {
                let mut object = values::object(row);
                object.insert("id", id.clone());
                Value::Object(object)
            });
            list(vec![id, expected])
        };
        self.set("checks", list(changes.read.iter().map(check).collect()));
        self.add(statement);
    }

    fn write(&mut self, changes: &Changes) {
        let (mut inserts, mut updates, mut upserts, mut deletes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (key, row) in &changes.writes {
            let id = Value::RecordId(values::record_id(key));
            let was_stored = changes.read.get(key).map(Option::is_some).or_else(|| changes.known.get(key).copied());
            match (row, was_stored) {
                (None, Some(false)) => {}
                (None, _) => deletes.push(id),
                (Some(row), Some(false)) => {
                    let mut object = values::object(row);
                    object.insert("id", id);
                    inserts.push(Value::Object(object));
                }
                (Some(row), Some(true)) => updates.push(list(vec![id, Value::Object(values::object(row))])),
                (Some(row), None) => upserts.push(list(vec![id, Value::Object(values::object(row))])),
            }
        }
        for (name, statement, rows) in [
            ("inserts", INSERTS, inserts),
            ("updates", UPDATES, updates),
            ("upserts", UPSERTS, upserts),
            ("deletes", DELETES, deletes),
        ] {
            if !rows.is_empty() {
                self.set(name, list(rows));
                self.add(statement);
            }
        }
    }
}
