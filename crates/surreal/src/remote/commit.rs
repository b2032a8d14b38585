//! Commits of one writer of a process: each is one request, which checks what the transaction read, writes, and takes
//! place once, in time, or never.
//!
//! SurrealDB isolates snapshots: of two transactions that run at the same time, one fails if both write a row, or read it
//! FOR UPDATE. So everything that a decision rests on is written or read FOR UPDATE by its commit, absent rows included. A range
//! cannot be read FOR UPDATE: whoever changes a guarded table counts the guard up, and whoever scanned one checks it.
//!
//! A request may arrive late, twice, or never, and its reply may be lost. So each commit moves the row of its writer from
//! number n - 1 to n, and does nothing after a time by the server's clock. After a lost reply the row tells what became of
//! the commit.

use std::sync::Arc;
use std::time::Duration;

use rivers_storage::{Code, Error, Result};
use surrealdb_types::{Error as ServerError, Object, RecordId, RecordIdKey, Value};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::request::{Changes, Request, Turn, checking, committing, guard};
use super::server_clock::MARGIN;
use super::server_errors::{is_conflict, is_consequence};
use super::session::Results;
use super::shared::Remote;
use super::socket::Failure;
use super::values::{int, list};
use crate::group_commit::NotCommitted;

/// The table of the rows that number the commits of a writer.
pub const PROCESSES: &str = "remote_process";

/// Moves the number without anything else, unless the commit has moved it. It may be sent twice.
const FENCE: &str = "UPDATE $me SET n = $n, fenced = true WHERE n = $n - 1 RETURN NONE; \
    SELECT VALUE fenced FROM $me WHERE n = $n;";

pub struct Writer {
    remote: Arc<Remote>,
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

/// The row of the writer for pools, which also shows that the process is there.
pub fn process_id(process: &str) -> RecordId {
    RecordId::new(PROCESSES, RecordIdKey::String(process.to_owned()))
}

/// The row of the writer for all else.
fn data_writer_id(process: &str) -> RecordId {
    RecordId::new(PROCESSES, RecordIdKey::String(format!("{process}_data")))
}

/// The writers of this process, for pools and for all else. Stores their rows.
pub async fn begin_writers(remote: &Arc<Remote>) -> Result<[Writer; 2]> {
    let (session, process) = (&remote.session, remote.context.process());
    let rows = [process_id(process), data_writer_id(process)];
    let mut variables = Object::new();
    variables.insert("rows", list(rows.iter().cloned().map(Value::RecordId).collect()));
    variables.insert("guard", Value::RecordId(guard()));
    let text = "FOR $row IN $rows { INSERT IGNORE INTO remote_process { id: $row, n: 0, seen: time::micros(time::now()) } }; \
        INSERT IGNORE INTO remote_guard { id: $guard, n: 0 } RETURN NONE;";
    let results = session.request(text, &variables, Instant::now() + session.timeout()).await?;
    if let Some(error) = super::reads::first_error(results) {
        return Err(session.refused(&error));
    }
    let marker = || Uuid::new_v4().simple().to_string();
    Ok(rows.map(|me| Writer { remote: Arc::clone(remote), me, last: Mutex::default(), marker: marker() }))
}

impl Writer {
    /// Shows the others that this process is there.
    pub async fn show(&self) {
        // Not beside a commit, which writes the row, too.
        let Ok(_last) = self.last.try_lock() else { return };
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(self.me.clone()));
        let deadline = Instant::now() + MARGIN;
        let text = "UPDATE $me SET seen = time::micros(time::now()) RETURN NONE";
        drop(self.remote.session.request(text, &variables, deadline).await);
    }

    /// Takes the row of this process away.
    pub async fn end(&self) {
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(self.me.clone()));
        let deadline = Instant::now() + Duration::from_secs(1).min(self.remote.session.timeout());
        drop(self.remote.session.request_once("DELETE $me RETURN NONE", variables, deadline).await);
    }

    pub async fn commit(&self, changes: &Changes, deadline: Instant) -> Result<(), NotCommitted> {
        let late = || NotCommitted::Failed(self.remote.session.failed(Failure::Late));
        let mut last = timeout_at(deadline, self.last.lock()).await.map_err(|_| late())?;
        if last.next_is_unknown {
            match self.resolve(last.number + 1, deadline).await {
                None => return Err(late()),
                Some(Resolved::Gone) => return Err(NotCommitted::Failed(unknown_process())),
                Some(_) => *last = Last { number: last.number + 1, next_is_unknown: false },
            }
        }
        let number = last.number + 1;
        let until = self.remote.clock.until(deadline).await?;
        let until = changes.until.map_or(until, |earlier| earlier.min(until));
        let request = committing(changes, &Turn { me: self.me.clone(), number, until }, &self.marker)?;
        // Until the outcome is known, also when this future is dropped.
        last.next_is_unknown = true;
        let (otherwise, unresolved) = match self.send(request, until, deadline).await {
            Outcome::Stored => {
                *last = Last { number, next_is_unknown: false };
                return Ok(());
            }
            Outcome::NotStored(reason) => {
                last.next_is_unknown = false;
                return Err(reason);
            }
            Outcome::Unknown { otherwise, unresolved } => (otherwise, unresolved),
        };
        let Some(resolved) = self.resolve(number, deadline).await else {
            // Until then it may still take place.
            self.remote.session.until_closing(deadline).await;
            return Err(NotCommitted::Failed(unresolved));
        };
        *last = Last { number, next_is_unknown: false };
        match resolved {
            Resolved::Stored => Ok(()),
            Resolved::Fenced => Err(otherwise),
            Resolved::Gone => Err(NotCommitted::Failed(unknown_process())),
        }
    }

    async fn send(&self, request: Request, until: i64, deadline: Instant) -> Outcome {
        match self.remote.session.request_once(&request.text, request.variables, deadline).await {
            Ok(results) => self.outcome(results, until, deadline),
            Err(failure @ Failure::TooLarge) => {
                Outcome::NotStored(NotCommitted::TooLarge(self.remote.session.failed(failure)))
            }
            Err(failure @ Failure::NotSent(_)) => {
                Outcome::NotStored(NotCommitted::Failed(self.remote.session.failed(failure)))
            }
            Err(Failure::Refused(error)) if is_conflict(&error) => Outcome::NotStored(NotCommitted::Conflict),
            // The time in the request sees to it that it does nothing after the deadline.
            Err(failure @ Failure::Lost(_)) => {
                Outcome::Unknown { otherwise: NotCommitted::Conflict, unresolved: self.remote.session.failed(failure) }
            }
            Err(failure) => Outcome::failed(self.remote.session.failed(failure)),
        }
    }

    /// Whether what was read is one state of the store, which is current.
    pub async fn check(&self, changes: &Changes, deadline: Instant) -> Result<(), NotCommitted> {
        let Request { text, variables } = checking(changes, &self.marker);
        let results = self.remote.session.request(&text, &variables, deadline).await?;
        match self.outcome(results, 0, deadline) {
            Outcome::Stored => Ok(()),
            Outcome::NotStored(reason) | Outcome::Unknown { otherwise: reason, .. } => Err(reason),
        }
    }

    /// A statement that throws fails those before it, too: our own word counts, wherever it stands.
    fn outcome(&self, results: Results, until: i64, deadline: Instant) -> Outcome {
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
            // A call whose time is over gets no answer when the steps run again.
            self.remote.clock.passed(until);
            let is_over = Instant::now() + self.remote.clock.margin() >= deadline;
            let late = || NotCommitted::Failed(self.remote.session.failed(Failure::Late));
            return Outcome::NotStored(if is_over { late() } else { NotCommitted::Conflict });
        }
        if thrown("void") {
            return Outcome::NotStored(NotCommitted::Failed(unknown_process()));
        }
        let error = errors.iter().find(|error| !is_consequence(error)).unwrap_or(&errors[0]);
        Outcome::failed(self.remote.session.refused(error))
    }

    /// What became of a commit whose outcome is unknown. None if the server cannot be asked.
    async fn resolve(&self, number: i64, deadline: Instant) -> Option<Resolved> {
        let mut variables = Object::new();
        variables.insert("me", Value::RecordId(self.me.clone()));
        variables.insert("n", int(number));
        // The deadline of the call may have passed when a reply did not come: ask once more, shortly.
        let deadline = deadline.max(Instant::now() + MARGIN);
        let results = self.remote.session.request(FENCE, &variables, deadline).await.ok()?;
        let Value::Array(fenced) = results.into_iter().nth(1)?.ok()? else { return None };
        match fenced.into_inner().first() {
            Some(Value::Bool(true)) => Some(Resolved::Fenced),
            Some(Value::Bool(false)) => Some(Resolved::Stored),
            Some(_) => None,
            None => Some(Resolved::Gone),
        }
    }
}

/// The reply to a commit.
enum Outcome {
    Stored,
    NotStored(NotCommitted),
    Unknown {
        /// What it is if it turns out not to be stored.
        otherwise: NotCommitted,
        /// The error if it cannot be found out.
        unresolved: Error,
    },
}

impl Outcome {
    fn failed(error: Error) -> Self {
        Self::Unknown { otherwise: NotCommitted::Failed(error.clone()), unresolved: error }
    }
}

/// What became of a commit without a reply.
enum Resolved {
    Stored,
    /// It never will be.
    Fenced,
    /// The row of this process is not there.
    Gone,
}

pub fn unknown_process() -> Error {
    Error::new(Code::Closed, "the server does not know this process any more: connect again")
}
