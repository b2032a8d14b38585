//! Which process decides on pools for all that have the store open. The others send it their calls: claims of several
//! processes on the same rows would meet conflicts over and over.
//!
//! The election makes nothing safe: the guard does. Two processes that both believe they are elected only conflict.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use compact_str::CompactString;
use parking_lot::Mutex;
use rivers_storage::records::Context;
use rivers_storage::{Error, Result};
use surrealdb_types::{Object, RecordId, RecordIdKey, Value};
use tokio::time::{Instant, timeout_at};

use super::commit::process_id;
use super::request::GUARDS;
use super::session::Session;
use super::socket::Failure;
use super::values::int;

/// How long an election holds unless it is renewed.
const LIFE: Duration = Duration::from_millis(1700);

/// A process whose row was removed cannot commit, so it is not elected.
const LOOK: &str = "{ \
    IF !record::exists($row) { RETURN '' }; \
    LET $now = time::micros(time::now()); \
    LET $seen = (SELECT * FROM ONLY $elected); \
    LET $free = $seen = NONE OR $seen.until < $now OR $seen.process = $me; \
    IF $free { UPSERT $elected CONTENT { process: $me, until: $now + $life } RETURN NONE }; \
    RETURN IF $free { $me } ELSE { $seen.process } };";

pub struct Election {
    session: Arc<Session>,
    context: Arc<Context>,
    /// The elected process, as far as this one knows.
    known: Mutex<Option<CompactString>>,
    looking: tokio::sync::Mutex<()>,
    /// Elected, and the rows of pools were not read since.
    is_new: AtomicBool,
}

fn elected() -> Value {
    Value::RecordId(RecordId::new(GUARDS, RecordIdKey::String("elected".to_owned())))
}

impl Election {
    pub fn new(session: Arc<Session>, context: Arc<Context>) -> Self {
        context.set_elected(false);
        Self {
            session,
            context,
            known: Mutex::new(None),
            looking: tokio::sync::Mutex::default(),
            is_new: AtomicBool::new(false),
        }
    }

    pub fn known(&self) -> Option<CompactString> {
        self.known.lock().clone()
    }

    /// Asks who is elected. If nobody is, this process is from now on; if it is, its election is renewed. Whether it was
    /// elected now, and the result of the statement, which is in the same request.
    pub async fn look_and(&self, statement: &str, deadline: Instant) -> Result<(bool, Option<Value>)> {
        let late = || self.session.failed(Failure::Late);
        let _looking = timeout_at(deadline, self.looking.lock()).await.map_err(|_| late())?;
        if self.session.is_closing() {
            return Err(Error::closed());
        }
        let mut variables = Object::new();
        variables.insert("elected", elected());
        variables.insert("me", Value::String(self.context.process().to_string()));
        variables.insert("row", Value::RecordId(process_id(self.context.process())));
        variables.insert("life", int(i64::try_from(LIFE.as_micros()).unwrap_or(i64::MAX)));
        let mut results = self.session.request(&format!("{LOOK}{statement}"), &variables, deadline).await?.into_iter();
        let process: CompactString = match results.next() {
            Some(Ok(Value::String(process))) => process.into(),
            Some(Err(error)) => return Err(self.session.refused(&error)),
            _ => return Err(Error::internal("the server did not tell which process is elected")),
        };
        let (was, is) = (self.context.is_elected(), process == *self.context.process());
        *self.known.lock() = Some(process);
        self.is_new.fetch_or(is && !was, Ordering::SeqCst);
        self.context.set_elected(is);
        Ok((is && !was, results.next().and_then(Result::ok)))
    }

    /// Whether this process was elected since the last call.
    pub fn take_new(&self) -> bool {
        self.is_new.swap(false, Ordering::SeqCst)
    }

    /// The rows of pools could not be read.
    pub fn put_new(&self, is_new: bool) {
        self.is_new.fetch_or(is_new, Ordering::SeqCst);
    }

    /// Makes room for another process.
    pub async fn resign(&self, deadline: Instant) {
        let _looking = timeout_at(deadline, self.looking.lock()).await;
        if !self.context.is_elected() {
            return;
        }
        let mut variables = Object::new();
        variables.insert("elected", elected());
        variables.insert("me", Value::String(self.context.process().to_string()));
        drop(self.session.request("DELETE $elected WHERE process = $me RETURN NONE;", &variables, deadline).await);
        self.context.set_elected(false);
    }
}
