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

use std::sync::Arc;
use std::time::Duration;

use rivers_storage::records::Context;
use rivers_storage::{Code, Error, Result};
use surrealdb_types::{Error as ServerError, Object, QueryError, RecordId, RecordIdKey, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use super::request::{Changes, Request, Turn, checking, committing, guard};
use super::session::{Results, Session};
use super::socket::Failure;
use super::values::int;
use crate::group_commit::NotCommitted;

/// The table of the rows that number the commits of a process.
pub const PROCESSES: &str = "remote_process";

/// A commit that the server gets later than this before the deadline of its caller does nothing. Less for short deadlines.
pub const MARGIN: Duration = Duration::from_millis(200);
/// How long the server's clock is trusted to go like ours.
const CLOCK_TRUST: Duration = Duration::from_mins(1);

/// Moves the number without anything else, unless the commit has moved it. It may be sent twice.
const FENCE: &str = "UPDATE $me SET n = $n, fenced = true WHERE n = $n - 1 RETURN NONE; \
    SELECT VALUE fenced FROM $me WHERE n = $n;";

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

pub fn process_id(process: &str) -> RecordId {
    RecordId::new(PROCESSES, RecordIdKey::String(process.to_owned()))
}

impl Writer {
    /// Stores the row of this process.
    pub async fn begin(session: Arc<Session>, context: Arc<Context>) -> Result<Self> {
        let marker = Uuid::new_v4().simple().to_string();
        let me = process_id(context.process());
        let server_clock = parking_lot::Mutex::default();
        let writer = Self { session, context, server_clock, me, last: Mutex::default(), marker };
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(writer.me.clone()));
        variables.insert("guard", Value::RecordId(guard()));
        let text = "INSERT IGNORE INTO remote_process { id: $me, n: 0, seen: time::micros(time::now()) } RETURN NONE; \
            INSERT IGNORE INTO remote_guard { id: $guard, n: 0 } RETURN NONE;";
        let deadline = Instant::now() + writer.session.timeout();
        let results = writer.session.read(text, &variables, deadline).await?;
        match super::reads::first_error(results) {
            None => Ok(writer),
            Some(error) => Err(writer.session.refused(&error)),
        }
    }

    /// Shows the others that this process is there.
    pub async fn show(&self) {
        // Not beside a commit, which writes the row, too.
        let _last = self.last.lock().await;
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(self.me.clone()));
        let deadline = Instant::now() + self.session.timeout();
        let text = "UPDATE $me SET seen = time::micros(time::now()) RETURN NONE";
        drop(self.session.read(text, &variables, deadline).await);
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
        let left = deadline.saturating_duration_since(Instant::now());
        let left = left.saturating_sub(MARGIN.min(self.session.timeout() / 4));
        let until = now.saturating_add(micros_of(left));
        let until = changes.until.map_or(until, |earlier| earlier.min(until));
        let request = committing(changes, &Turn { me: self.me.clone(), number, until }, &self.marker)?;
        // Until the outcome is known, also when this future is dropped.
        last.next_is_unknown = true;
        let error = match self.session.send(&request.text, request.variables, deadline).await {
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
        let Request { text, variables } = checking(changes, &self.marker);
        let results = self.session.read(&text, &variables, deadline).await?;
        match self.outcome(results) {
            Outcome::Stored => Ok(()),
            Outcome::NotStored(reason) => Err(reason),
            Outcome::Late => Err(NotCommitted::Failed(self.session.failed(Failure::Late))),
            Outcome::Unknown(error) => Err(NotCommitted::Failed(error)),
        }
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

pub fn gone() -> Error {
    Error::new(Code::Closed, "the server does not know this process any more: connect again")
}

pub fn micros_of(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 2)
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
