//! Queries in SurrealQL on a server.
//!
//! A query runs in a transaction that is begun for it and cancelled after it: all its statements read one snapshot, and
//! nothing that they write is stored. The answers come as a stream, so that a caller can count them. Each query under way
//! has a connection of its own: a large answer holds up no claim, and a query that ends early is ended with its connection
//! if the server does not end it at once.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rivers_storage::{Code, Error, Result};
use surrealdb_rpc::{DbResult, QueryStreamFrame, QueryStreamItem};
use surrealdb_types::{Error as ServerError, Number, Object, Value};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::endpoint::Endpoint;
use super::options::ConnectOptions;
use super::server_errors::{has_expired, is_conflict};
use super::session::Session;
use super::socket::{Failure, Replies, Socket};

/// The first wait before dialling again, doubled each time up to the last.
const REDIAL_FIRST: Duration = Duration::from_millis(50);
const REDIAL_LAST: Duration = Duration::from_secs(1);
/// How long the server may take to end a query before its connection is closed.
const GRACE: Duration = Duration::from_secs(1);
/// How many connections are kept for later queries.
const MOST_IDLE: usize = 2;

/// Statements that may run on a server.
pub struct ServerQuery {
    /// Statements that run before the query, in the same transaction, each with its own end.
    pub definitions: Vec<String>,
    /// The statements of the query. They only read, and each has a timeout.
    pub text: String,
    /// The values of the variables.
    pub variables: Object,
}

/// Runs queries on the server of a store.
pub struct ServerQueries {
    endpoint: Endpoint,
    options: ConnectOptions,
    /// Connections without a query. None once the store is closed.
    idle: Arc<Mutex<Option<Vec<Session>>>>,
}

/// Why an attempt to run a query failed.
enum Attempt {
    Failed(Error),
    /// The connection was lost or has expired, or the server met a conflict. A query only reads, so it may run again.
    Again(Error),
}

impl From<Error> for Attempt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl ServerQueries {
    pub(crate) fn new(endpoint: Endpoint, options: ConnectOptions) -> Self {
        Self { endpoint, options, idle: Arc::new(Mutex::new(Some(Vec::new()))) }
    }

    /// Closes the connections. A query under way ends when its future is dropped.
    pub fn close(&self) {
        *self.idle.lock() = None;
    }

    /// Runs the query, and adds all that it answers to a new collection. Runs it again, with another new collection, when the
    /// connection is lost. If the future is dropped, the server ends the query.
    pub async fn run<A>(
        &self,
        query: &ServerQuery,
        deadline: std::time::Instant,
        new: impl Fn() -> A,
        add: impl Fn(&mut A, QueryStreamItem) -> Result<()>,
    ) -> Result<A> {
        let deadline = Instant::from_std(deadline);
        let mut wait = REDIAL_FIRST;
        loop {
            let error = match self.attempt(query, deadline, new(), &add).await {
                Ok(answers) => return Ok(answers),
                Err(Attempt::Failed(error)) => return Err(error),
                Err(Attempt::Again(error)) => error,
            };
            if Instant::now() + wait > deadline {
                return Err(error);
            }
            sleep(wait).await;
            wait = (wait * 2).min(REDIAL_LAST);
        }
    }

    async fn attempt<A>(
        &self,
        query: &ServerQuery,
        deadline: Instant,
        mut answers: A,
        add: &impl Fn(&mut A, QueryStreamItem) -> Result<()>,
    ) -> Result<A, Attempt> {
        let session = self.session().await?;
        let socket = session.socket(deadline).await?;
        let failed = |failure| attempt_of(&session, failure);
        let begun = match socket.call("begin", Vec::new(), deadline).await {
            Ok(DbResult::Other(transaction @ Value::Uuid(_))) => transaction,
            Ok(_) => return Err(Error::internal("the server began a transaction without an id").into()),
            Err(failure) => return Err(failed(failure)),
        };
        let text = query.definitions.iter().fold(String::new(), |text, definition| text + definition + ";");
        let params = vec![Value::String(text + &query.text), Value::Object(query.variables.clone())];
        let started = socket.stream("query_stream", params, begun.clone());
        let replies = match started {
            Ok(replies) => replies,
            Err(failure) => return Err(failed(failure)),
        };
        let idle = Arc::clone(&self.idle);
        let mut running = Running(Some(Parts { session, socket, replies, transaction: begun, has_ended: false, idle }));
        loop {
            match running.next().await? {
                QueryStreamFrame::Begin { .. } => {}
                QueryStreamFrame::End { error: None, .. } => return Ok(answers),
                QueryStreamFrame::End { error: Some(error), .. } => return Err(running.refused(error)),
                frame => {
                    let Some(item) = item_of(frame) else { continue };
                    let number = item.index().checked_sub(query.definitions.len());
                    match (number, &item) {
                        (_, QueryStreamItem::Finished { error: Some(error), .. })
                            if number.is_none() || is_conflict(error) =>
                        {
                            return Err(running.refused(error.clone()));
                        }
                        (Some(number), _) => add(&mut answers, renumbered(item, number))?,
                        (None, _) => {}
                    }
                }
            }
        }
    }

    /// A connection without a query, or a new one.
    async fn session(&self) -> Result<Session, Attempt> {
        let idle = self.idle.lock().as_mut().ok_or_else(Error::closed)?.pop();
        if let Some(session) = idle {
            return Ok(session);
        }
        // Such a connection listens to nothing.
        let (news, _) = mpsc::unbounded_channel();
        Session::open(self.endpoint.clone(), self.options.clone(), news).await.map_err(|error| match error.code() {
            Code::Unavailable => Attempt::Again(error),
            _ => Attempt::Failed(error),
        })
    }
}

fn attempt_of(session: &Session, failure: Failure) -> Attempt {
    let is_again = match &failure {
        Failure::Lost(_) => true,
        Failure::Refused(error) => has_expired(error) || is_conflict(error),
        Failure::NotSent(_) | Failure::Unreadable(_) | Failure::TooLarge | Failure::Late => false,
    };
    let error = session.failed(failure);
    if is_again { Attempt::Again(error) } else { Attempt::Failed(error) }
}

fn item_of(frame: QueryStreamFrame) -> Option<QueryStreamItem> {
    match frame {
        QueryStreamFrame::Rows { index, values } => Some(QueryStreamItem::Rows { index, values }),
        QueryStreamFrame::Value { index, value } => Some(QueryStreamItem::Value { index, value }),
        QueryStreamFrame::Finished { index, time, query_type, error, .. } => {
            Some(QueryStreamItem::Finished { index, time, query_type, error })
        }
        QueryStreamFrame::Begin { .. } | QueryStreamFrame::End { .. } => None,
    }
}

/// The item with another number of its statement.
fn renumbered(item: QueryStreamItem, index: usize) -> QueryStreamItem {
    match item {
        QueryStreamItem::Rows { values, .. } => QueryStreamItem::Rows { index, values },
        QueryStreamItem::Value { value, .. } => QueryStreamItem::Value { index, value },
        QueryStreamItem::Finished { time, query_type, error, .. } => {
            QueryStreamItem::Finished { index, time, query_type, error }
        }
    }
}

/// A query under way. When it is dropped, the server ends it, and its connection waits for the next query.
struct Running(Option<Parts>);

struct Parts {
    session: Session,
    socket: Arc<Socket>,
    replies: Replies,
    transaction: Value,
    /// Whether the last reply has come.
    has_ended: bool,
    idle: Arc<Mutex<Option<Vec<Session>>>>,
}

impl Running {
    async fn next(&mut self) -> Result<QueryStreamFrame, Attempt> {
        let Some(parts) = &mut self.0 else { return Err(Error::internal("the query has ended").into()) };
        match parts.next().await {
            Ok(frame) => Ok(frame),
            Err(Failure::Refused(error)) => Err(self.refused(error)),
            Err(failure) => Err(attempt_of(&parts.session, failure)),
        }
    }

    /// The error of a request that fails outside its statements, such as a variable with a protected name.
    fn refused(&mut self, error: ServerError) -> Attempt {
        if has_expired(&error)
            && let Some(parts) = self.0.take()
        {
            // A new connection signs in again.
            return attempt_of(&parts.session, Failure::Refused(error));
        }
        if let Some(parts) = &self.0
            && (error.is_not_allowed() || is_conflict(&error))
        {
            return attempt_of(&parts.session, Failure::Refused(error));
        }
        Error::new(Code::InvalidArg, format!("surql: {error}")).into()
    }
}

impl Parts {
    async fn next(&mut self) -> Result<QueryStreamFrame, Failure> {
        let reply = self.replies.next().await;
        self.has_ended |= reply.is_err();
        let DbResult::Other(value) = reply? else {
            return Err(Failure::Unreadable(Error::internal("the server answered a query with something else")));
        };
        let frame = QueryStreamFrame::from_value(value)
            .map_err(|error| Failure::Unreadable(Error::internal(format!("an answer: {error}"))))?;
        self.has_ended |= matches!(frame, QueryStreamFrame::End { .. });
        Ok(frame)
    }

    /// Ends the query on the server. The connection is closed if that takes long.
    async fn end(mut self) {
        let ended = timeout(GRACE, async {
            let deadline = Instant::now() + GRACE;
            if !self.has_ended {
                let id = Value::Number(Number::Int(self.replies.id()));
                self.socket.call("query_cancel", vec![id], deadline).await.ok()?;
                while !self.has_ended {
                    drop(self.next().await);
                }
            }
            self.socket.call("cancel", vec![self.transaction.clone()], deadline).await.ok()
        });
        if ended.await.ok().flatten().is_some()
            && let Some(idle) = self.idle.lock().as_mut()
            && idle.len() < MOST_IDLE
        {
            idle.push(self.session);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Without a runtime the connection is closed.
        if let (Some(parts), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            drop(runtime.spawn(parts.end()));
        }
    }
}
