//! The request that commits: which statements it has, and their variables.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rivers_storage::Result;
use rivers_storage::records::{Key, Row};
use surrealdb_types::{Object, RecordId, RecordIdKey, Value};

use super::messages::posts_id;
use super::peers::NewPosts;
use super::values::{self, int, list};

/// The table of the guard.
pub const GUARDS: &str = "remote_guard";

const IN_TIME: &str = "IF time::micros(time::now()) > $until { THROW $late };";
const ONCE: &str =
    "IF array::len(UPDATE $me SET n = $n, fenced = false WHERE n = $n - 1 RETURN VALUE n) = 0 { THROW $void };";
/// As one statement, because each costs the server a tenth of a small commit.
const ONCE_AND_GUARD_CHECKED: &str = "IF array::len(UPDATE [$me, $guard] SET n += 1, fenced = false \
    WHERE (id = $me AND n = $n - 1) OR (id = $guard AND n = $g) RETURN VALUE n) != 2 \
    { THROW IF (SELECT VALUE n FROM ONLY $me) = $n { $stale } ELSE { $void } };";
const GUARD_UNCHANGED: &str = "IF (SELECT VALUE n FROM ONLY $guard FOR UPDATE) != $g { THROW $stale };";
const GUARD_COUNTED: &str = "UPDATE $guard SET n += 1 RETURN NONE;";
const GUARD_SEEN: &str = "IF (SELECT VALUE n FROM ONLY $guard) != $g { THROW $stale };";
const CHECKS: &str = "FOR $c IN $checks { LET $id = $c[0]; \
    IF (SELECT * FROM ONLY $id FOR UPDATE) != $c[1] { THROW $stale } };";
const CHECKS_ONLY: &str =
    "FOR $c IN $checks { LET $id = $c[0]; IF (SELECT * FROM ONLY $id) != $c[1] { THROW $stale } };";
const INSERTS: &str = "INSERT $inserts RETURN NONE;";
const CREATES: &str = "FOR $row IN $inserts { CREATE $row.id CONTENT $row RETURN NONE };";
const DELETES: &str = "DELETE $deletes RETURN NONE;";
/// How many rows one INSERT has at most. It sets a savepoint for each row, and a server in memory then copies all keys that the
/// transaction has written so far: 10,000 rows took 438 us each, by CREATE 83. On RocksDB INSERT takes 43 us, CREATE 86.
const INSERTED: usize = 2000;
/// How many rows have a statement each, which is cheaper than a loop as long as it is short.
const EACH: usize = 8;

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
pub fn committing(changes: &Changes, turn: &Turn, marker: &str) -> Result<Request> {
    let mut request = Request::new(marker);
    request.set("me", Value::RecordId(turn.me.clone()));
    request.set("n", int(turn.number));
    request.set("until", int(turn.until));
    match (changes.guard, changes.counts_the_guard()) {
        (Some(_), true) => request.add(ONCE_AND_GUARD_CHECKED),
        (guard, counts) => {
            request.add(ONCE);
            request.add(match (guard, counts) {
                (Some(_), _) => GUARD_UNCHANGED,
                (None, true) => GUARD_COUNTED,
                (None, false) => "",
            });
        }
    }
    request.set_guard(changes.guard);
    request.check(changes, CHECKS);
    request.write(changes);
    let post = |(process, new): (&CompactString, &NewPosts)| {
        let posts = new.posts.to_value()?;
        Ok(list(vec![Value::RecordId(posts_id(process)), posts, int(new.after), int(new.version)]))
    };
    // The posts before are there, and the calls that it answers were not taken back.
    request.add_each("p", changes.posts.iter().map(post).collect::<Result<_>>()?, |row| {
        format!(
            "IF array::len(UPDATE {row}[0] CONTENT {row}[1] WHERE number = {row}[2] AND calls_version <= {row}[3] \
            RETURN VALUE number) = 0 {{ THROW $stale }};"
        )
    });
    // At the end, because the statements may have taken long: a transaction that throws has no effect.
    request.add(IN_TIME);
    Ok(request.end())
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
                (Some(row), Some(false)) => inserts.push(inserted(id, row)),
                (Some(row), None) if key.table.is_append_only() => inserts.push(inserted(id, row)),
                (Some(row), Some(true)) => updates.push(list(vec![id, Value::Object(values::object(row))])),
                (Some(row), None) => upserts.push(list(vec![id, Value::Object(values::object(row))])),
            }
        }
        let inserting = if inserts.len() > INSERTED { CREATES } else { INSERTS };
        for (name, statement, rows) in [("inserts", inserting, inserts), ("deletes", DELETES, deletes)] {
            if !rows.is_empty() {
                self.set(name, list(rows));
                self.add(statement);
            }
        }
        self.add_each("u", updates, |row| format!("UPDATE {row}[0] CONTENT {row}[1] RETURN NONE;"));
        self.add_each("w", upserts, |row| format!("UPSERT {row}[0] CONTENT {row}[1] RETURN NONE;"));
    }

    /// A statement for each row, made for the variable that holds it.
    fn add_each(&mut self, name: &str, rows: Vec<Value>, statement: impl Fn(&str) -> String) {
        if rows.len() > EACH {
            self.set(name, list(rows));
            self.add(&format!("FOR $row IN ${name} {{ {} }};", statement("$row")));
            return;
        }
        for (number, row) in rows.into_iter().enumerate() {
            let name = format!("{name}{number}");
            self.set(&name, row);
            self.add(&statement(&format!("${name}")));
        }
    }
}

fn inserted(id: Value, row: &Row) -> Value {
    let mut object = values::object(row);
    object.insert("id", id);
    Value::Object(object)
}
