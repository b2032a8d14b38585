//! The calls of this process to the elected one, and the posts that answer them.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rivers_storage::records::{Call, Row};
use rivers_storage::{Error, Result};
use surrealdb_types::{Object, Value};
use tokio::sync::{OnceCell, oneshot};
use tokio::time::{Instant, timeout_at};

use super::commit::unknown_process;
use super::messages::{CALLS, Calls, Posts, SentCall, calls_id, posts_id};
use super::reads::first_error;
use super::server_clock::MARGIN;
use super::session::{Results, Session};
use super::shared::Remote;
use super::socket::Failure;
use super::values::int;

/// The writer of the posts is told after so many that they were read, if no call tells it.
const UNTOLD: i64 = 16;

const WRITE: &str = "UPDATE $calls SET version = $version, read = $read, calls = $open \
    WHERE version <= $version RETURN VALUE version;";
/// What earlier versions called is not answered any more.
const TAKE_BACK: &str = "UPDATE $posts SET calls_version = $version WHERE calls_version < $version RETURN NONE;";

pub struct OwnCalls {
    remote: Arc<Remote>,
    listening: OnceCell<()>,
    state: Mutex<State>,
    /// The last version of the row of calls. Locked while it is written.
    version: tokio::sync::Mutex<i64>,
    /// The number of the last post that was read. Locked while posts are read: each once, in their order.
    last_read: Mutex<i64>,
}

#[derive(Default)]
struct State {
    last_number: i64,
    open: BTreeMap<i64, OpenCall>,
    /// The row of calls has to be written again.
    is_due: bool,
    is_writing: bool,
    /// The last post of which its writer was told that it was read.
    told: i64,
}

struct OpenCall {
    call: SentCall,
    /// The version of the row in which it was sent first.
    sent_in: Option<i64>,
    is_taken_back: bool,
    /// Why it may not have been stored. If it was, it may be answered until its deadline.
    failure: Option<Error>,
    reply: oneshot::Sender<Result<Row>>,
}

/// Why the row was not written, as far as this is known.
struct NotWritten {
    version: i64,
    error: Error,
    may_be_stored: bool,
}

/// A call that is on its way.
pub struct Sent {
    pub number: i64,
    pub answer: oneshot::Receiver<Result<Row>>,
}

impl OwnCalls {
    pub fn new(remote: Arc<Remote>) -> Arc<Self> {
        let (version, last_read) = (tokio::sync::Mutex::default(), Mutex::default());
        Arc::new(Self { remote, listening: OnceCell::new(), state: Mutex::default(), version, last_read })
    }

    fn session(&self) -> &Session {
        &self.remote.session
    }

    fn process(&self) -> &str {
        self.remote.context.process()
    }

    /// Makes the rows of this process. From then on its posts are heard.
    pub async fn listen(&self) -> Result<()> {
        let listening = self.listening.get_or_try_init(|| async {
            let text = format!(
                "INSERT IGNORE INTO {CALLS} {{ id: $calls, version: 0, read: 0, calls: [] }} RETURN NONE; \
                INSERT IGNORE {{ id: $posts, number: 0, calls_version: 0, posts: [] }} RETURN NONE;"
            );
            let deadline = Instant::now() + self.session().timeout();
            if let Some(error) = first_error(self.session().request(&text, &self.ids(), deadline).await?) {
                return Err(self.session().refused(&error));
            }
            let table = posts_id(self.process()).table;
            self.session().listen(&format!("{table} WHERE id = {}", self.posts())).await
        });
        listening.await.copied()
    }

    fn posts(&self) -> String {
        format!("{}:⟨{}⟩", posts_id(self.process()).table, self.process())
    }

    fn ids(&self) -> Object {
        let mut variables = Object::new();
        variables.insert("calls", Value::RecordId(calls_id(self.process())));
        variables.insert("posts", Value::RecordId(posts_id(self.process())));
        variables
    }

    pub async fn send(self: &Arc<Self>, call: Call, deadline: Instant) -> Result<Sent> {
        self.listen().await?;
        let until = self.remote.clock.until(deadline).await?;
        let until = call.until.map_or(until, |earlier| until.min(earlier.saturating_mul(1000)));
        let (reply, answer) = oneshot::channel();
        let mut state = self.state.lock();
        state.last_number += 1;
        let number = state.last_number;
        let call = SentCall { number, until, name: call.name.to_owned(), request: call.request };
        state.open.insert(number, OpenCall { call, sent_in: None, is_taken_back: false, failure: None, reply });
        self.write_soon(&mut state);
        drop(state);
        Ok(Sent { number, answer })
    }

    /// Calls that come while the row is written are stored with the next write.
    fn write_soon(self: &Arc<Self>, state: &mut State) {
        state.is_due = true;
        if !std::mem::replace(&mut state.is_writing, true) {
            tokio::spawn(Arc::clone(self).write_while_due());
        }
    }

    async fn write_while_due(self: Arc<Self>) {
        loop {
            {
                let mut state = self.state.lock();
                state.is_writing = state.is_due;
                if !std::mem::take(&mut state.is_due) {
                    return;
                }
            }
            if let Err(failure) = self.write("", Instant::now() + self.session().timeout()).await {
                self.fail(&failure);
            }
        }
    }

    /// Answers the calls of a row that surely was not stored. The others wait for their deadline.
    fn fail(&self, NotWritten { version, error, may_be_stored }: &NotWritten) {
        let mut unsent = Vec::new();
        for (number, open) in &mut self.state.lock().open {
            if open.sent_in == Some(*version) {
                open.failure = Some(error.clone());
                unsent.push(*number);
            }
        }
        for number in unsent.into_iter().filter(|_| !may_be_stored) {
            self.answer(number, Err(error.clone()));
        }
    }

    /// Stores the open calls, with more statements in the same transaction, and gives their results.
    async fn write(&self, more: &str, deadline: Instant) -> Result<Results, NotWritten> {
        let Ok(mut last_version) = timeout_at(deadline, self.version.lock()).await else {
            return Err(NotWritten { version: 0, error: self.session().failed(Failure::Late), may_be_stored: true });
        };
        *last_version += 1;
        let version = *last_version;
        let not_written = |(error, may_be_stored)| NotWritten { version, error, may_be_stored };
        let mut variables = self.ids();
        let read = *self.last_read.lock();
        let calls = self.calls_of(version).map_err(|error| not_written((error, false)))?;
        variables.insert("open", calls);
        variables.insert("version", int(version));
        variables.insert("read", int(read));
        let text = if more.is_empty() { WRITE.to_owned() } else { format!("BEGIN; {WRITE} {more} COMMIT;") };
        let skipped = usize::from(!more.is_empty());
        let results = self.session().request_or_tell(&text, &variables, deadline).await.map_err(not_written)?;
        let mut results = results.into_iter().skip(skipped);
        match results.next() {
            Some(Ok(Value::Array(written))) if written.is_empty() => {
                return Err(not_written((unknown_process(), false)));
            }
            Some(Err(error)) => return Err(not_written((self.session().refused(&error), true))),
            _ => {}
        }
        let mut state = self.state.lock();
        state.told = state.told.max(read);
        drop(state);
        Ok(results.collect())
    }

    /// The open calls, for this version of the row.
    fn calls_of(&self, version: i64) -> Result<Value> {
        let mut state = self.state.lock();
        // Nobody waits for these any more.
        state.open.retain(|_, open| !open.reply.is_closed());
        let mut calls = Vec::new();
        for open in state.open.values_mut().filter(|open| !open.is_taken_back) {
            open.sent_in.get_or_insert(version);
            calls.push(open.call.clone());
        }
        Calls::calls_value(&calls)
    }

    fn answer(&self, number: i64, answer: Result<Row>) {
        let open = self.state.lock().open.remove(&number);
        if let Some(open) = open {
            drop(open.reply.send(answer));
        }
    }

    /// After the deadline of the call: takes it back, unless it was answered. Then the answer has come.
    pub async fn take_back(self: &Arc<Self>, number: i64) -> Result<()> {
        if let Some(open) = self.state.lock().open.get_mut(&number) {
            open.is_taken_back = true;
        }
        let text = format!("{TAKE_BACK} SELECT * FROM ONLY $posts;");
        let results = self.write(&text, Instant::now() + MARGIN).await.map_err(|failure| failure.error)?;
        if let Some(Ok(posts)) = results.into_iter().nth(1) {
            self.take_posts(posts);
        }
        Ok(())
    }

    pub fn timed_out(&self, number: i64) -> Error {
        let open = self.state.lock().open.remove(&number);
        open.and_then(|open| open.failure).unwrap_or_else(|| self.session().failed(Failure::Late))
    }

    /// Finds the posts, of which the notification may have been lost. None if there cannot be any.
    pub fn statement(&self) -> Option<String> {
        self.listening.initialized().then(|| format!("SELECT * FROM ONLY {};", self.posts()))
    }

    /// Reads the posts that were not read.
    pub fn take_posts(self: &Arc<Self>, posts: Value) {
        let Some(posts) = Posts::from_value(posts) else { return };
        let mut last = self.last_read.lock();
        for post in posts.unread {
            if post.number <= *last {
                continue;
            }
            *last = post.number;
            self.remote.context.commits.notify(&post.writes);
            for (number, answer) in post.answers {
                self.answer(number, answer);
            }
        }
        let mut state = self.state.lock();
        if *last - state.told >= UNTOLD {
            self.write_soon(&mut state);
        }
    }

    /// Removes what this process has on the server for its calls.
    pub async fn end(&self, deadline: Instant) {
        drop(self.session().request("DELETE $calls, $posts RETURN NONE", &self.ids(), deadline).await);
    }
}
