//! The calls of this process to the elected one, and the posts that answer them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rivers_storage::records::{Call, Context, Row};
use rivers_storage::{Code, Error, Result};
use surrealdb_types::{Number, Object, RecordId, RecordIdKey, Value};
use tokio::sync::{OnceCell, oneshot};
use tokio::time::Instant;

use super::commit::{Changes, MARGIN, Writer, is_conflict, micros_of};
use super::post::{BELLS, Post, SentCall, call_id, posts_of};
use super::session::Session;
use super::socket::Failure;
use super::values::{array_key, int};
use crate::group_commit::NotCommitted;

/// How many posts are remembered, so that none is read twice.
const REMEMBERED: usize = 4096;

pub struct OwnCalls {
    session: Arc<Session>,
    context: Arc<Context>,
    /// Numbers the sendings. Another one numbers the commits: a call need not wait for a large one.
    writer: OnceCell<Writer>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last_number: i64,
    /// To be sent when the sending under way has ended.
    next: Vec<SentCall>,
    is_sending: bool,
    open: HashMap<i64, oneshot::Sender<Result<Row>>>,
    /// The posts that were read last.
    read: BTreeSet<Order>,
    /// Those of them to delete.
    to_delete: Vec<Order>,
}

/// The id of a post: later ones are greater.
type Order = (i64, i64);

/// A call that was sent.
pub struct Sent {
    pub number: i64,
    pub answer: oneshot::Receiver<Result<Row>>,
}

impl OwnCalls {
    pub fn new(session: Arc<Session>, context: Arc<Context>) -> Arc<Self> {
        Arc::new(Self { session, context, writer: OnceCell::new(), state: Mutex::default() })
    }

    fn posts(&self) -> String {
        posts_of(self.context.process())
    }

    /// From now on the posts of this process are heard.
    pub async fn listen(&self) -> Result<&Writer> {
        let writer = self.writer.get_or_try_init(|| async {
            let table = self.posts();
            let define = format!("DEFINE TABLE IF NOT EXISTS {table} SCHEMALESS PERMISSIONS NONE");
            let deadline = Instant::now() + self.session.timeout();
            loop {
                match self.session.read(&define, &Object::new(), deadline).await?.pop() {
                    Some(Err(error)) if is_conflict(&error) => {}
                    Some(Err(error)) => return Err(self.session.refused(&error)),
                    _ => break,
                }
            }
            self.session.listen(&table).await?;
            Writer::begin(Arc::clone(&self.session), Arc::clone(&self.context)).await
        });
        writer.await
    }

    pub async fn send(self: &Arc<Self>, call: Call, deadline: Instant) -> Result<Sent> {
        let now = self.listen().await?.server_micros(deadline).await.map_err(error_of)?;
        let (sender, answer) = oneshot::channel();
        let left = deadline.saturating_duration_since(Instant::now());
        let until = now + micros_of(left.saturating_sub(MARGIN.min(self.session.timeout() / 4)));
        let mut state = self.state.lock();
        state.last_number += 1;
        let number = state.last_number;
        state.open.insert(number, sender);
        let process = self.context.process().clone();
        state.next.push(SentCall { process, number, until, name: call.name.to_owned(), request: call.request });
        if !std::mem::replace(&mut state.is_sending, true) {
            tokio::spawn(Arc::clone(self).send_all());
        }
        drop(state);
        Ok(Sent { number, answer })
    }

    async fn send_all(self: Arc<Self>) {
        loop {
            let calls = {
                let mut state = self.state.lock();
                state.is_sending = !state.next.is_empty();
                std::mem::take(&mut state.next)
            };
            if calls.is_empty() {
                return;
            }
            let numbers: Vec<i64> = calls.iter().map(|call| call.number).collect();
            if let Err(error) = self.send_once(calls).await {
                for number in numbers {
                    self.answer(number, Err(error.clone()));
                }
            }
        }
    }

    async fn send_once(&self, calls: Vec<SentCall>) -> Result<()> {
        let until = calls.iter().map(|call| call.until).min();
        let read_posts = self.take_read();
        let changes = Changes { until, calls, read_posts, ..Changes::default() };
        let deadline = Instant::now() + self.session.timeout();
        loop {
            match self.listen().await?.commit(&changes, deadline).await {
                Ok(()) => return Ok(()),
                // Nobody else writes these rows: the reply was lost, or the time has passed.
                Err(NotCommitted::Conflict) if Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..10))).await;
                }
                Err(NotCommitted::Conflict) => return Err(self.session.failed(Failure::Late)),
                Err(NotCommitted::TooLarge(error) | NotCommitted::Failed(error)) => return Err(error),
            }
        }
    }

    fn answer(&self, number: i64, answer: Result<Row>) {
        let sender = self.state.lock().open.remove(&number);
        if let Some(sender) = sender {
            drop(sender.send(answer));
        }
    }

    /// After the deadline of the call: takes it back, unless it was answered. Then the answer has come.
    pub async fn take_back(&self, number: i64) -> Result<()> {
        let mut variables = Object::new();
        variables.insert("call", call_id(self.context.process(), number));
        let deadline = Instant::now() + MARGIN;
        self.session.read("DELETE $call RETURN NONE", &variables, deadline).await?;
        self.look(deadline).await.map(drop)
    }

    pub fn timed_out(&self, number: i64) -> Error {
        self.state.lock().open.remove(&number);
        self.session.failed(Failure::Late)
    }

    /// Reads the posts of which the notification was lost. Whether one told that other processes have changed pools.
    pub async fn look(&self, deadline: Instant) -> Result<bool> {
        let Some(statement) = self.statement() else { return Ok(false) };
        let found = self.session.read(&statement, &Object::new(), deadline).await?.pop();
        Ok(found.and_then(std::result::Result::ok).is_some_and(|found| self.read_all(found)))
    }

    /// Finds the posts, without those that were read. None if there cannot be any.
    pub fn statement(&self) -> Option<String> {
        self.writer.initialized().then(|| {
            let table = self.posts();
            let read = std::mem::take(&mut self.state.lock().to_delete);
            let read: Vec<String> = read.iter().map(|(time, number)| format!("{table}:[{time}, {number}]")).collect();
            let delete =
                if read.is_empty() { String::new() } else { format!("DELETE {} RETURN NONE;", read.join(", ")) };
            format!("{{ {delete} RETURN (SELECT * FROM {table}) }};")
        })
    }

    pub fn has_read(&self) -> bool {
        !self.state.lock().to_delete.is_empty()
    }

    /// Reads what the statement found.
    pub fn read_all(&self, found: Value) -> bool {
        let Value::Array(found) = found else { return false };
        let mut changed = false;
        for post in found.into_inner() {
            changed |= self.read(post);
        }
        changed
    }

    /// Reads a post, once. Whether it told that other processes have changed pools.
    pub fn read(&self, post: Value) -> bool {
        let Some((id, Post { writes, answers })) = Post::from_value(post) else { return false };
        let Some(order) = order_of(&id) else { return false };
        let mut state = self.state.lock();
        state.to_delete.push(order);
        let is_late = state.read.last().is_some_and(|last| order < *last);
        if !state.read.insert(order) {
            return false;
        }
        if state.read.len() > REMEMBERED {
            state.read.pop_first();
        }
        drop(state);
        // What a later post has told must not be taken back by an earlier one. The next look finds what this one tells.
        if !is_late {
            self.context.commits.notify(&writes);
        }
        let told_nothing = writes.is_empty() && answers.is_empty();
        for (number, answer) in answers {
            self.answer(number, answer);
        }
        told_nothing
    }

    /// The posts to delete. One that is not deleted is found and read again, which does nothing but to note it here.
    fn take_read(&self) -> Vec<Value> {
        let table = self.posts();
        let id = |(time, number): Order| {
            Value::RecordId(RecordId::new(table.as_str(), array_key(vec![int(time), int(number)])))
        };
        std::mem::take(&mut self.state.lock().to_delete).into_iter().map(id).collect()
    }

    /// Removes what this process has on the server for its calls.
    pub async fn end(&self, deadline: Instant) {
        let Some(writer) = self.writer.get() else { return };
        let text = format!("DELETE {BELLS}:⟨{}⟩; REMOVE TABLE IF EXISTS {}", self.context.process(), self.posts());
        drop(self.session.read(&text, &Object::new(), deadline).await);
        writer.end().await;
    }
}

fn order_of(id: &Value) -> Option<Order> {
    let Value::RecordId(id) = id else { return None };
    let RecordIdKey::Array(key) = &id.key else { return None };
    let number = |value: &Value| match value {
        Value::Number(Number::Int(number)) => Some(*number),
        _ => None,
    };
    Some((number(key.first()?)?, number(key.get(1)?)?))
}

fn error_of(reason: NotCommitted) -> Error {
    match reason {
        NotCommitted::Conflict => Error::new(Code::Timeout, "the server's time is not known"),
        NotCommitted::TooLarge(error) | NotCommitted::Failed(error) => error,
    }
}
