//! Commits of one process: each is one request, which checks what the transaction read, writes, and takes place once, in
//! time, or never.
//!
//! SurrealDB isolates snapshots: of two transactions that run at the same time, one fails if both write a row, or read it
//! FOR UPDATE. So everything that a decision rests on is written or read FOR UPDATE by its commit, absent rows included. A range
//! cannot be read FOR UPDATE: whoever changes a guarded table counts the guard up, and whoever scanned one checks it.
//!
//! A request may arrive late, twice, or never, and its reply may be lost. So each commit moves the row of its process from
//! number n - 1 to n, and does nothing after a time by the server's clock. After a lost reply the row tells what became of
//! the commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use rivers_storage::records::{Context, Key, Row};
use rivers_storage::{Code, Error, Result};
use surrealdb_types::{Error as ServerError, Object, QueryError, RecordId, RecordIdKey, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use super::post::{BELLS, Post, SentCall, posts_of};
use super::session::{Results, Session};
use super::socket::Failure;
use super::values::{self, int, list};
use crate::group_commit::NotCommitted;

/// The table of the rows that number the commits of a process.
pub const PROCESSES: &str = "remote_process";
/// The table of the guard.
pub const GUARDS: &str = "remote_guard";

/// A commit that the server gets later than this before the deadline of its caller does nothing. Less for short deadlines.
pub const MARGIN: Duration = Duration::from_millis(200);
/// How long the server's clock is trusted to go like ours.
const CLOCK_TRUST: Duration = Duration::from_mins(1);

const IN_TIME: &str = "IF time::micros(time::now()) > $until { THROW $late };";
const ONCE: &str =
    "IF array::len(UPDATE $me SET n = $n, fenced = false WHERE n = $n - 1 RETURN VALUE n) = 0 { THROW $void };";
const GUARD_CHECKED: &str =
    "IF array::len(UPDATE $guard SET n = $g + 1 WHERE n = $g RETURN VALUE n) = 0 { THROW $stale };";
const GUARD_UNCHANGED: &str = "IF (SELECT VALUE n FROM ONLY $guard FOR UPDATE) != $g { THROW $stale };";
const ANSWERED: &str = "IF array::len(DELETE $answered RETURN BEFORE) != $count { THROW $stale };";
const POSTED: &str = "INSERT $posts RETURN NONE;";
const CALLED: &str = "INSERT $calls RETURN NONE; UPSERT $bell CONTENT $ring RETURN NONE;";
const READ_POSTS: &str = "DELETE $read_posts RETURN NONE;";
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
/// Moves the number without anything else, unless the commit has moved it. It may be sent twice.
const FENCE: &str = "UPDATE $me SET n = $n, fenced = true WHERE n = $n - 1 RETURN NONE; \
    SELECT VALUE fenced FROM $me WHERE n = $n;";

/// What a transaction read and writes.
#[derive(Default)]
pub struct Changes {
    pub read: BTreeMap<Key, Option<Row>>,
    pub guard: Option<i64>,
    /// None for a row that is removed.
    pub writes: BTreeMap<Key, Option<Row>>,
    /// Whether rows that are written were stored before, as far as that is known without being read.
    pub known: BTreeMap<Key, bool>,
    /// Calls of other processes that it answers: they must be there, and are removed.
    pub answered: Vec<Value>,
    /// The earliest time after which one of these calls takes no effect.
    pub until: Option<i64>,
    /// What it tells other processes.
    pub posts: BTreeMap<CompactString, Post>,
    /// Calls to the elected process.
    pub calls: Vec<SentCall>,
    /// Posts that this process has read.
    pub read_posts: Vec<Value>,
}

pub struct Writer {
    session: Arc<Session>,
    context: Arc<Context>,
    /// When the server's time was heard, and that time in microseconds. Counted from then it is never ahead.
    server_clock: parking_lot::Mutex<Option<(Instant, i64)>>,
    me: RecordId,
    /// Locked while a commit is under way: they are numbered in turn.
    last: Mutex<Last>,
    /// Begins what our statements throw, so that no other error is taken for it.
    marker: String,
}

/// The last commit.
#[derive(Default)]
struct Last {
    number: i64,
    /// What became of the next one is unknown.
    next_is_unknown: bool,
}

pub fn guard() -> RecordId {
    RecordId::new(GUARDS, RecordIdKey::String("pools".to_owned()))
}

impl Writer {
    /// Stores the row of this process.
    pub async fn begin(session: Arc<Session>, context: Arc<Context>) -> Result<Self> {
        let marker = Uuid::new_v4().simple().to_string();
        let me = RecordId::new(PROCESSES, RecordIdKey::String(Uuid::new_v4().simple().to_string()));
        let server_clock = parking_lot::Mutex::default();
        let writer = Self { session, context, server_clock, me, last: Mutex::default(), marker };
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(writer.me.clone()));
        variables.insert("guard", Value::RecordId(guard()));
        let text = "INSERT IGNORE INTO remote_process { id: $me, n: 0 } RETURN NONE; \
            INSERT IGNORE INTO remote_guard { id: $guard, n: 0 } RETURN NONE;";
        let deadline = Instant::now() + writer.session.timeout();
        let results = writer.session.read(text, &variables, deadline).await?;
        match super::reads::first_error(results) {
            None => Ok(writer),
            Some(error) => Err(writer.session.refused(&error)),
        }
    }

    /// Takes the row of this process away.
    pub async fn end(&self) {
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(self.me.clone()));
        let deadline = Instant::now() + Duration::from_secs(1).min(self.session.timeout());
        drop(self.session.send("DELETE $me RETURN NONE", variables, deadline).await);
    }

    /// After a commit that counted the guard up, `changes.guard` is one behind.
    pub async fn commit(&self, changes: &Changes, deadline: Instant) -> Result<(), NotCommitted> {
        let mut last = self.last.lock().await;
        if last.next_is_unknown {
            match self.resolve(last.number + 1, deadline).await {
                None => return Err(NotCommitted::Failed(self.session.failed(Failure::Late))),
                Some(Resolved::Gone) => return Err(NotCommitted::Failed(gone())),
                Some(_) => *last = Last { number: last.number + 1, next_is_unknown: false },
            }
        }
        let number = last.number + 1;
        let now = self.server_micros(deadline).await?;
        let (text, variables) = self.request(changes, number, now, deadline);
        // Until the outcome is known, also when this future is dropped.
        last.next_is_unknown = true;
        let error = match self.session.send(&text, variables, deadline).await {
            Ok(results) => match self.outcome(results) {
                Outcome::Stored => {
                    *last = Last { number, next_is_unknown: false };
                    return Ok(());
                }
                Outcome::NotStored(reason) => {
                    last.next_is_unknown = false;
                    return Err(reason);
                }
                // Our time may be behind, if the server's answer to it took long; or the time of a call of another process is
                // over, which gets no answer when the steps run again.
                Outcome::Late => {
                    last.next_is_unknown = false;
                    *self.server_clock.lock() = None;
                    let is_over = Instant::now() + MARGIN.min(self.session.timeout() / 4) >= deadline;
                    let late = || NotCommitted::Failed(self.session.failed(Failure::Late));
                    return Err(if is_over { late() } else { NotCommitted::Conflict });
                }
                Outcome::Unknown(error) => error,
            },
            Err(failure @ Failure::TooLarge) => {
                last.next_is_unknown = false;
                return Err(NotCommitted::TooLarge(self.session.failed(failure)));
            }
            Err(failure @ Failure::NotSent(_)) => {
                last.next_is_unknown = false;
                return Err(NotCommitted::Failed(self.session.failed(failure)));
            }
            Err(Failure::Refused(error)) if is_conflict(&error) => {
                last.next_is_unknown = false;
                return Err(NotCommitted::Conflict);
            }
            Err(Failure::Lost(_)) => {
                // The time in the request sees to it that it does nothing after the deadline.
                return match self.resolve(number, deadline).await {
                    Some(resolved) => {
                        *last = Last { number, next_is_unknown: false };
                        resolved.of_lost()
                    }
                    None => Err(NotCommitted::Failed(self.session.failed(Failure::Late))),
                };
            }
            Err(failure) => self.session.failed(failure),
        };
        // The server may have stored it, and failed after that.
        match self.resolve(number, deadline).await {
            Some(resolved) => {
                *last = Last { number, next_is_unknown: false };
                if matches!(resolved, Resolved::Stored) { Ok(()) } else { Err(NotCommitted::Failed(error)) }
            }
            None => Err(NotCommitted::Failed(error)),
        }
    }

    /// Whether what was read is one state of the store, which is current.
    pub async fn check(&self, changes: &Changes, deadline: Instant) -> Result<(), NotCommitted> {
        let mut variables = self.words();
        let guard = changes.guard.map_or("", |number| {
            variables.insert("guard", Value::RecordId(guard()));
            variables.insert("g", int(number));
            GUARD_SEEN
        });
        let checks = checks(changes, &mut variables, CHECKS_ONLY);
        let results = self.session.read(&format!("BEGIN; {guard} {checks} COMMIT;"), &variables, deadline).await?;
        match self.outcome(results) {
            Outcome::Stored => Ok(()),
            Outcome::NotStored(reason) => Err(reason),
            Outcome::Late => Err(NotCommitted::Failed(self.session.failed(Failure::Late))),
            Outcome::Unknown(error) => Err(NotCommitted::Failed(error)),
        }
    }

    fn request(&self, changes: &Changes, number: i64, now: i64, deadline: Instant) -> (String, Object) {
        let mut variables = self.words();
        variables.insert("me", Value::RecordId(self.me.clone()));
        variables.insert("n", int(number));
        let left = deadline.saturating_duration_since(Instant::now());
        let left = left.saturating_sub(MARGIN.min(self.session.timeout() / 4));
        let until = now.saturating_add(micros_of(left));
        variables.insert("until", int(changes.until.map_or(until, |earlier| earlier.min(until))));
        let mut text = format!("BEGIN; {IN_TIME} {ONCE}");
        let counts = changes.writes.keys().any(|key| key.table.is_guarded());
        if changes.guard.is_some() || counts {
            variables.insert("guard", Value::RecordId(guard()));
        }
        match changes.guard {
            Some(seen) => {
                variables.insert("g", int(seen));
                text.push_str(if counts { GUARD_CHECKED } else { GUARD_UNCHANGED });
            }
            None if counts => text.push_str(GUARD_COUNTED),
            None => {}
        }
        text.push_str(checks(changes, &mut variables, CHECKS));
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
                variables.insert(name, list(rows));
                text.push_str(statement);
            }
        }
        add_messages(changes, number, now, &mut text, &mut variables);
        // The statements may have taken long.
        text.push_str(IN_TIME);
        text.push_str("COMMIT;");
        (text, variables)
    }

    fn words(&self) -> Object {
        let mut variables = Object::new();
        for word in ["late", "void", "stale"] {
            variables.insert(word, Value::String(format!("{} {word}", self.marker)));
        }
        variables
    }

    /// A statement that throws fails those before it, too: our own word counts, wherever it stands.
    fn outcome(&self, results: Results) -> Outcome {
        let errors: Vec<ServerError> = results.into_iter().filter_map(std::result::Result::err).collect();
        if errors.is_empty() {
            return Outcome::Stored;
        }
        let thrown = |word: &str| {
            let text = format!("{} {word}", self.marker);
            errors.iter().any(|error| error.message().contains(&text))
        };
        if thrown("stale") || errors.iter().any(is_conflict) {
            return Outcome::NotStored(NotCommitted::Conflict);
        }
        if thrown("late") {
            return Outcome::Late;
        }
        if thrown("void") {
            return Outcome::NotStored(NotCommitted::Failed(gone()));
        }
        let error = errors.iter().find(|error| !is_consequence(error)).unwrap_or(&errors[0]);
        Outcome::Unknown(self.session.refused(error))
    }

    /// What became of a commit whose outcome is unknown. None if the server cannot be asked.
    async fn resolve(&self, number: i64, deadline: Instant) -> Option<Resolved> {
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(self.me.clone()));
        variables.insert("n", int(number));
        // The deadline of the call may have passed when a reply did not come: ask once more, shortly.
        let deadline = deadline.max(Instant::now() + MARGIN);
        let results = self.session.read(FENCE, &variables, deadline).await.ok()?;
        let Value::Array(fenced) = results.into_iter().nth(1)?.ok()? else { return None };
        match fenced.into_inner().first() {
            Some(Value::Bool(true)) => Some(Resolved::Fenced),
            Some(Value::Bool(false)) => Some(Resolved::Stored),
            Some(_) => None,
            None => Some(Resolved::Gone),
        }
    }

    /// The server's time, asked for once a minute: neither clock need go right for longer.
    pub async fn server_micros(&self, deadline: Instant) -> Result<i64, NotCommitted> {
        let known = *self.server_clock.lock();
        if let Some((heard, micros)) = known.filter(|(heard, _)| heard.elapsed() < CLOCK_TRUST) {
            return Ok(micros + micros_of(heard.elapsed()));
        }
        let (micros, error) = self.session.time(deadline).await?;
        *self.server_clock.lock() = Some((Instant::now(), micros));
        self.context.set_time(micros, micros_of(error));
        Ok(micros)
    }
}

fn add_messages(changes: &Changes, number: i64, now: i64, text: &mut String, variables: &mut Object) {
    if !changes.answered.is_empty() {
        variables.insert("answered", list(changes.answered.clone()));
        variables.insert("count", int(i64::try_from(changes.answered.len()).unwrap_or(i64::MAX)));
        text.push_str(ANSWERED);
    }
    if !changes.posts.is_empty() {
        let post = |(process, post): (&CompactString, &Post)| {
            // In the order in which they are to be read.
            post.to_value(RecordId::new(posts_of(process), values::array_key(vec![int(now), int(number)])))
        };
        variables.insert("posts", list(changes.posts.iter().map(post).collect()));
        text.push_str(POSTED);
    }
    if let Some(first) = changes.calls.first() {
        let calls = list(changes.calls.iter().map(SentCall::to_value).collect());
        let bell = RecordId::new(BELLS, RecordIdKey::String(first.process.to_string()));
        let mut ring = Object::new();
        ring.insert("calls", calls.clone());
        variables.insert("calls", calls);
        variables.insert("bell", Value::RecordId(bell));
        variables.insert("ring", Value::Object(ring));
        text.push_str(CALLED);
    }
    if !changes.read_posts.is_empty() {
        variables.insert("read_posts", list(changes.read_posts.clone()));
        text.push_str(READ_POSTS);
    }
}

/// The reply to a commit.
enum Outcome {
    Stored,
    NotStored(NotCommitted),
    Late,
    Unknown(Error),
}

/// What became of a commit without a reply.
enum Resolved {
    Stored,
    /// It never will be.
    Fenced,
    /// The row of this process is not there.
    Gone,
}

impl Resolved {
    fn of_lost(self) -> Result<(), NotCommitted> {
        match self {
            Self::Stored => Ok(()),
            Self::Fenced => Err(NotCommitted::Conflict),
            Self::Gone => Err(NotCommitted::Failed(gone())),
        }
    }
}

fn gone() -> Error {
    Error::new(Code::Closed, "the server does not know this process any more: connect again")
}

pub fn micros_of(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 2)
}

/// Adds the rows to check as a variable, and gives the statement that checks them.
fn checks(changes: &Changes, variables: &mut Object, statement: &'static str) -> &'static str {
    if changes.read.is_empty() {
        return "";
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
    variables.insert("checks", list(changes.read.iter().map(check).collect()));
    statement
}

/// Whether the same request may succeed when it is made again. A row that exists was absent when it was read.
pub fn is_conflict(error: &ServerError) -> bool {
    // Where a statement meets a conflict, and not the commit, the server tells it by the text alone.
    error.is_already_exists()
        || matches!(error.query_details(), Some(QueryError::TransactionConflict))
        || error.message().contains("Transaction conflict")
}

/// The errors of statements that did not run because of another.
fn is_consequence(error: &ServerError) -> bool {
    matches!(error.query_details(), Some(QueryError::NotExecuted | QueryError::Cancelled))
}
