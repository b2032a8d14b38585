//! Which process decides on pools for all that have the store open. The others send it their calls: claims of several
//! processes on the same rows would meet conflicts over and over.
//!
//! The election makes nothing safe: the guard does. Two processes that both believe they are elected only conflict.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use parking_lot::Mutex;
use rivers_storage::records::Context;
use rivers_storage::{Error, Result};
use surrealdb_types::{Object, RecordId, RecordIdKey, Value};
use tokio::time::Instant;

use super::request::GUARDS;
use super::session::Session;
use super::values::int;

/// How long an election holds unless it is renewed.
const LIFE: Duration = Duration::from_millis(1700);

const LOOK: &str = "{ \
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
}

fn elected() -> Value {
    Value::RecordId(RecordId::new(GUARDS, RecordIdKey::String("elected".to_owned())))
}

impl Election {
    pub fn new(session: Arc<Session>, context: Arc<Context>) -> Self {
        context.set_elected(false);
        Self { session, context, known: Mutex::new(None), looking: tokio::sync::Mutex::const_new(()) }
    }

    pub fn known(&self) -> Option<CompactString> {
        self.known.lock().clone()
    }

    /// Asks who is elected. If nobody is, this process is from now on; if it is, its election is renewed. Whether it was
    /// elected now, and the result of the statement, which is in the same request.
    pub async fn look_and(&self, statement: &str, deadline: Instant) -> Result<(bool, Option<Value>)> {
        let _looking = self.looking.lock().await;
        let mut variables = Object::new();
        variables.insert("elected", elected());
        variables.insert("me", Value::String(self.context.process().to_string()));
        variables.insert("life", int(i64::try_from(LIFE.as_micros()).unwrap_or(i64::MAX)));
        let mut results = self.session.request(&format!("{LOOK}{statement}"), &variables, deadline).await?.into_iter();
        let process: CompactString = match results.next() {
            Some(Ok(Value::String(process))) => process.into(),
            Some(Err(error)) => return Err(self.session.refused(&error)),
            _ => return Err(Error::internal("the server did not tell which process is elected")),
        };
        let (was, is) = (self.context.is_elected(), process == *self.context.process());
        *self.known.lock() = Some(process);
        self.context.set_elected(is);
        Ok((is && !was, results.next().and_then(Result::ok)))
    }

    /// Makes room for another process.
    pub async fn resign(&self, deadline: Instant) {
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
