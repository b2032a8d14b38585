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
    progress: Progress,
    reply: oneshot::Sender<Result<Row>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Due,
    /// In a row that is being written.
    Sent,
    Stored,
    TakenBack,
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
        let until = self.remote.writer.clock.until(deadline).await?;
        let (reply, answer) = oneshot::channel();
        let mut state = self.state.lock();
        state.last_number += 1;
        let number = state.last_number;
        let call = SentCall { number, until, name: call.name.to_owned(), request: call.request };
        state.open.insert(number, OpenCall { call, progress: Progress::Due, reply });
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
            if let Err(error) = self.write("", Instant::now() + self.session().timeout()).await {
                let unsent: Vec<i64> = {
                    let state = self.state.lock();
                    let unsent = state.open.iter().filter(|(_, open)| open.progress == Progress::Sent);
                    unsent.map(|(number, _)| *number).collect()
                };
                for number in unsent {
                    self.answer(number, Err(error.clone()));
                }
            }
        }
    }

    /// Stores the open calls, with more statements in the same transaction, and gives their results.
    async fn write(&self, more: &str, deadline: Instant) -> Result<Results> {
        let late = || self.session().failed(Failure::Late);
        let mut version = timeout_at(deadline, self.version.lock()).await.map_err(|_| late())?;
        *version += 1;
        let mut variables = self.ids();
        let read = *self.last_read.lock();
        let mut calls = Vec::new();
        for open in self.state.lock().open.values_mut().filter(|open| open.progress != Progress::TakenBack) {
            calls.push(open.call.clone());
            if open.progress == Progress::Due {
                open.progress = Progress::Sent;
            }
        }
        variables.insert("open", Calls::calls_value(&calls)?);
        variables.insert("version", int(*version));
        variables.insert("read", int(read));
        let text = if more.is_empty() { WRITE.to_owned() } else { format!("BEGIN; {WRITE} {more} COMMIT;") };
        let skipped = usize::from(!more.is_empty());
        let mut results = self.session().request(&text, &variables, deadline).await?.into_iter().skip(skipped);
        match results.next() {
            Some(Ok(Value::Array(written))) if written.is_empty() => return Err(unknown_process()),
            Some(Err(error)) => return Err(self.session().refused(&error)),
            _ => {}
        }
        let mut state = self.state.lock();
        state.told = state.told.max(read);
        for open in state.open.values_mut().filter(|open| open.progress == Progress::Sent) {
            open.progress = Progress::Stored;
        }
        drop(state);
        Ok(results.collect())
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
            open.progress = Progress::TakenBack;
        }
        let text = format!("{TAKE_BACK} SELECT * FROM ONLY $posts;");
        let results = self.write(&text, Instant::now() + MARGIN).await?;
        if let Some(Ok(posts)) = results.into_iter().nth(1) {
            self.take_posts(posts);
        }
        Ok(())
    }

    pub fn timed_out(&self, number: i64) -> Error {
        self.state.lock().open.remove(&number);
        self.session().failed(Failure::Late)
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
        if self.listening.initialized() {
            drop(self.session().request("DELETE $calls, $posts RETURN NONE", &self.ids(), deadline).await);
        }
    }
}
