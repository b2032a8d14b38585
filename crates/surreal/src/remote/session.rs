//! A signed-in connection to a database, which is made anew when it is lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rivers_storage::{Code, Error, Result};
use surrealdb_rpc::DbResult;
use surrealdb_types::{Error as ServerError, Number, Object, Value};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::endpoint::Endpoint;
use super::options::ConnectOptions;
use super::server_errors::{has_expired, is_conflict};
use super::socket::{Failure, MESSAGE_LIMIT, News, Socket};

/// The first wait before dialling again, doubled each time up to the last.
const REDIAL_FIRST: Duration = Duration::from_millis(50);
const REDIAL_LAST: Duration = Duration::from_secs(1);
/// The versions of servers that were tested, as (major, minor).
const OLDEST: (u64, u64) = (3, 3);
const TOO_NEW: u64 = 4;

/// A server refuses the 65th of a connection.
const OPEN_TRANSACTIONS: usize = 48;

pub type Results = Vec<std::result::Result<Value, ServerError>>;

pub struct Session {
    endpoint: Endpoint,
    options: ConnectOptions,
    socket: Mutex<Option<Arc<Socket>>>,
    /// Cancelled when the store is about to close: then a lost connection stays lost.
    closing: CancellationToken,
    /// Limits the transactions that are open.
    transactions: Arc<Semaphore>,
    news: mpsc::UnboundedSender<News>,
    /// What is listened to, and the ids of the listening.
    heard: parking_lot::Mutex<BTreeMap<String, Value>>,
}

impl Session {
    /// Connects once: a server that cannot be reached is an error.
    pub async fn open(endpoint: Endpoint, options: ConnectOptions, news: mpsc::UnboundedSender<News>) -> Result<Self> {
        let session = Self {
            endpoint,
            options,
            socket: Mutex::default(),
            closing: CancellationToken::new(),
            transactions: Arc::new(Semaphore::new(OPEN_TRANSACTIONS)),
            news,
            heard: parking_lot::Mutex::default(),
        };
        let deadline = Instant::now() + session.options.timeout;
        let socket = session.connect(deadline).await?;
        *session.socket.lock().await = Some(Arc::new(socket));
        Ok(session)
    }

    pub const fn timeout(&self) -> Duration {
        self.options.timeout
    }

    /// Sends a request that may take place twice: again when the connection is lost or at a conflict, until the deadline.
    pub async fn request(&self, text: &str, variables: &Object, deadline: Instant) -> Result<Results> {
        self.request_or_tell(text, variables, deadline).await.map_err(|(error, _)| error)
    }

    /// The same. With an error: whether the server may have got the request.
    pub async fn request_or_tell(
        &self,
        text: &str,
        variables: &Object,
        deadline: Instant,
    ) -> Result<Results, (Error, bool)> {
        let mut may_have_come = false;
        loop {
            let socket = self.socket(deadline).await.map_err(|error| (error, may_have_come))?;
            let wait = || async { self.wait_after_conflict(deadline).await.map_err(|error| (error, true)) };
            match query(&socket, text, variables.clone(), deadline).await {
                // A server may find a conflict also for a transaction that only reads.
                Ok(results) if results.iter().any(|result| result.as_ref().is_err_and(is_conflict)) => wait().await?,
                Err(Failure::Refused(error)) if is_conflict(&error) => wait().await?,
                Ok(results) => return Ok(results),
                Err(Failure::Refused(error)) if has_expired(&error) => self.drop_connection(&socket).await,
                Err(Failure::Lost(_)) if Instant::now() < deadline => may_have_come = true,
                Err(failure) => {
                    let is_sent = !matches!(failure, Failure::NotSent(_) | Failure::TooLarge);
                    return Err((self.failed(failure), may_have_come || is_sent));
                }
            }
        }
    }

    /// Sends a request that must not take place twice: what became of one that fails may be unknown.
    pub async fn request_once(&self, text: &str, variables: Object, deadline: Instant) -> Result<Results, Failure> {
        loop {
            let socket = self.socket(deadline).await.map_err(Failure::NotSent)?;
            match query(&socket, text, variables.clone(), deadline).await {
                Err(Failure::Refused(error)) if has_expired(&error) => self.drop_connection(&socket).await,
                sent => return sent,
            }
        }
    }

    /// The server's time in microseconds when its answer came, or up to so much later.
    pub async fn time(&self, deadline: Instant) -> Result<(i64, Duration)> {
        let asked = Instant::now();
        match self.request("RETURN time::micros(time::now())", &Object::new(), deadline).await?.pop() {
            Some(Ok(Value::Number(Number::Int(micros)))) => Ok((micros, asked.elapsed())),
            Some(Err(error)) => Err(self.refused(&error)),
            _ => Err(Error::internal("the server told no time")),
        }
    }

    async fn wait_after_conflict(&self, deadline: Instant) -> Result<()> {
        if Instant::now() >= deadline {
            return Err(self.failed(Failure::Late));
        }
        sleep(Duration::from_millis(fastrand::u64(1..10))).await;
        Ok(())
    }

    /// Unless another call has made a new one already.
    async fn drop_connection(&self, socket: &Arc<Socket>) {
        let mut current = self.socket.lock().await;
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, socket)) {
            *current = None;
        }
    }

    pub fn failed(&self, failure: Failure) -> Error {
        let name = self.endpoint.name();
        match failure {
            Failure::NotSent(error) | Failure::Unreadable(error) => error,
            Failure::TooLarge => {
                let limit = MESSAGE_LIMIT >> 20;
                let message =
                    format!("{name}: the call needs a request of more than {limit} MiB: store less at a time");
                Error::new(Code::InvalidArg, message)
            }
            Failure::Lost(reason) => Error::new(Code::Unavailable, format!("{name}: {reason}")),
            Failure::Late => {
                Error::new(Code::Timeout, format!("{name}: no reply within {} ms", self.options.timeout.as_millis()))
            }
            Failure::Refused(error) => self.refused(&error),
        }
    }

    pub fn refused(&self, error: &ServerError) -> Error {
        let name = self.endpoint.name();
        if error.is_not_allowed() {
            let role = "a database user with the role EDITOR";
            return Error::new(Code::Auth, format!("{name}: {}: {role} is needed", error.message()));
        }
        Error::new(Code::Io, format!("{name}: {}", error.message()))
    }

    /// Statements that make the namespace and the database, for a server without users. Signed-in users are of a database.
    pub fn definitions(&self) -> String {
        if self.options.credentials.is_some() {
            return String::new();
        }
        let ConnectOptions { namespace, database, .. } = &self.options;
        let quoted = |name: &str| format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"));
        let (namespace, database) = (quoted(namespace), quoted(database));
        format!("DEFINE NAMESPACE IF NOT EXISTS {namespace}; DEFINE DATABASE IF NOT EXISTS {database};")
    }

    /// A transaction in which every read sees the moment of this call. It is lost with its connection.
    pub async fn begin(&self, deadline: Instant) -> Result<OpenTransaction> {
        let permit = timeout_at(deadline, Arc::clone(&self.transactions).acquire_owned()).await;
        let permit = permit.map_err(|_| self.failed(Failure::Late))?.map_err(|_| Error::closed())?;
        loop {
            let socket = self.socket(deadline).await?;
            match socket.call("begin", Vec::new(), deadline).await {
                Ok(DbResult::Other(id)) => return Ok(OpenTransaction { socket, id, permit: Some(permit) }),
                Ok(_) => {
                    return Err(Error::internal(
                        "the server answered the beginning of a transaction with something else",
                    ));
                }
                Err(Failure::Refused(error)) if has_expired(&error) => self.drop_connection(&socket).await,
                Err(Failure::Lost(_)) if Instant::now() < deadline => {}
                Err(failure) => return Err(self.failed(failure)),
            }
        }
    }

    pub async fn read_within(
        &self,
        transaction: &OpenTransaction,
        text: &str,
        variables: Object,
        deadline: Instant,
    ) -> Result<Results> {
        let OpenTransaction { socket, id, .. } = transaction;
        query_within(Some(id), socket, text, variables, deadline).await.map_err(|failure| self.failed(failure))
    }

    /// From now on tells the changes of rows of the table, also after the connection was lost and made again. A condition may
    /// follow the table.
    pub async fn listen(&self, rows: &str) -> Result<()> {
        let socket = self.socket(Instant::now() + self.timeout()).await?;
        self.heard.lock().insert(rows.to_owned(), Value::None);
        self.listen_on(&socket, rows, Instant::now() + self.timeout()).await
    }

    pub async fn stop_listening(&self, rows: &str) {
        let Some(id) = self.heard.lock().remove(rows) else { return };
        let mut variables = Object::new();
        variables.insert("id", id);
        // Without a connection nobody listens.
        drop(self.request("KILL $id", &variables, Instant::now() + Duration::from_secs(1)).await);
    }

    async fn listen_on(&self, socket: &Socket, rows: &str, deadline: Instant) -> Result<()> {
        let text = format!("LIVE SELECT * FROM {rows}");
        loop {
            let results =
                query(socket, &text, Object::new(), deadline).await.map_err(|failure| self.failed(failure))?;
            match results.into_iter().next() {
                Some(Ok(id)) => {
                    if let Some(listening) = self.heard.lock().get_mut(rows) {
                        *listening = id;
                    }
                    return Ok(());
                }
                // Another process begins to listen to the same table.
                Some(Err(error)) if is_conflict(&error) => self.wait_after_conflict(deadline).await?,
                Some(Err(error)) => return Err(self.refused(&error)),
                None => return Err(Error::internal("the server did not answer a LIVE statement")),
            }
        }
    }

    /// No connection is made from now on.
    pub fn stop_dialling(&self) {
        self.closing.cancel();
    }

    /// Waits for this time, unless the store closes before.
    pub async fn until_closing(&self, time: Instant) {
        self.closing.run_until_cancelled(tokio::time::sleep_until(time)).await;
    }

    pub fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    pub async fn close(&self) {
        if let Ok(mut socket) = tokio::time::timeout(Duration::from_secs(1), self.socket.lock()).await {
            *socket = None;
        }
    }

    /// The connection. Dials until the deadline if it is lost.
    pub async fn socket(&self, deadline: Instant) -> Result<Arc<Socket>> {
        // Another call may be dialling, until its own deadline.
        let locked = timeout_at(deadline, self.socket.lock()).await;
        let mut current = locked.map_err(|_| self.failed(Failure::Lost("the connection was lost".into())))?;
        if let Some(socket) = current.as_ref().filter(|socket| socket.is_alive()) {
            return Ok(Arc::clone(socket));
        }
        let mut wait = REDIAL_FIRST;
        loop {
            let connected = self.closing.run_until_cancelled(self.connect(deadline)).await;
            match connected.unwrap_or_else(|| Err(self.failed(Failure::Lost("the storage is closing".into())))) {
                Ok(socket) => {
                    let socket = Arc::new(socket);
                    *current = Some(Arc::clone(&socket));
                    return Ok(socket);
                }
                Err(error)
                    if error.code() != Code::Unavailable
                        || Instant::now() + wait > deadline
                        || self.closing.is_cancelled() =>
                {
                    return Err(error);
                }
                Err(_) => sleep(wait).await,
            }
            wait = (wait * 2).min(REDIAL_LAST);
        }
    }

    async fn connect(&self, deadline: Instant) -> Result<Socket> {
        let dialled = Socket::dial(&self.endpoint, self.news.clone(), self.closing.clone(), deadline).await;
        let socket = dialled.map_err(|failure| self.failed(failure))?;
        self.check_version(&socket, deadline).await?;
        let ConnectOptions { namespace, database, credentials, .. } = &self.options;
        if let Some((username, password)) = credentials {
            let mut user = Object::new();
            for (name, value) in [("NS", namespace), ("DB", database), ("user", username), ("pass", password)] {
                user.insert(name, Value::String(value.clone()));
            }
            let signed_in = socket.call("signin", vec![Value::Object(user)], deadline).await;
            signed_in.map_err(|failure| match failure {
                Failure::Refused(error) => {
                    let message = format!("{}: sign-in was refused: {}", self.endpoint.name(), error.message());
                    Error::new(Code::Auth, message)
                }
                failure => self.failed(failure),
            })?;
        }
        self.choose_database(&socket, deadline).await?;
        let heard: Vec<String> = self.heard.lock().keys().cloned().collect();
        for rows in heard {
            self.listen_on(&socket, &rows, deadline).await?;
        }
        drop(self.news.send(News::Connected));
        Ok(socket)
    }

    /// The first `use` of a database makes it on a server without users, and meets a conflict when others do the same.
    async fn choose_database(&self, socket: &Socket, deadline: Instant) -> Result<()> {
        let ConnectOptions { namespace, database, .. } = &self.options;
        loop {
            let names = vec![Value::String(namespace.clone()), Value::String(database.clone())];
            match socket.call("use", names, deadline).await {
                Ok(_) => return Ok(()),
                Err(Failure::Refused(error)) if is_conflict(&error) => self.wait_after_conflict(deadline).await?,
                Err(failure) => return Err(self.failed(failure)),
            }
        }
    }

    async fn check_version(&self, socket: &Socket, deadline: Instant) -> Result<()> {
        let answer = socket.call("version", Vec::new(), deadline).await.map_err(|failure| self.failed(failure))?;
        let text = version_text(&answer).unwrap_or_default();
        match parse_version(&text) {
            Some((major, minor)) if (major, minor) >= OLDEST && major < TOO_NEW => Ok(()),
            _ => {
                let tested = format!("versions from {}.{} and below {TOO_NEW} are supported", OLDEST.0, OLDEST.1);
                let message = format!("{}: the server is {text:?}; {tested}", self.endpoint.name());
                Err(Error::new(Code::Schema, message))
            }
        }
    }
}

/// Dropped, it is cancelled.
pub struct OpenTransaction {
    socket: Arc<Socket>,
    id: Value,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        let (socket, id, permit) = (Arc::clone(&self.socket), self.id.clone(), self.permit.take());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                drop(socket.call("cancel", vec![id], Instant::now() + Duration::from_secs(10)).await);
                drop(permit);
            });
        }
    }
}

fn version_text(answer: &DbResult) -> Option<String> {
    match answer {
        DbResult::Other(Value::String(text)) => Some(text.clone()),
        DbResult::Other(Value::Object(object)) => match object.get("version") {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Of `surrealdb-3.3.5` or `3.3.5`.
fn parse_version(text: &str) -> Option<(u64, u64)> {
    let number = text.rsplit_once("surrealdb-").map_or(text, |(_, number)| number);
    let mut parts = number.split(['.', '-', '+']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

async fn query(socket: &Socket, text: &str, variables: Object, deadline: Instant) -> Result<Results, Failure> {
    query_within(None, socket, text, variables, deadline).await
}

async fn query_within(
    transaction: Option<&Value>,
    socket: &Socket,
    text: &str,
    variables: Object,
    deadline: Instant,
) -> Result<Results, Failure> {
    let params = vec![Value::String(text.to_owned()), Value::Object(variables)];
    match socket.call_within(transaction, "query", params, deadline).await? {
        DbResult::Query(results) => Ok(results.into_iter().map(|result| result.result).collect()),
        _ => Err(Failure::Unreadable(Error::internal("the server answered a query with something else"))),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_of_servers() {
        assert_eq!(parse_version("surrealdb-3.3.5"), Some((3, 3)));
        assert_eq!(parse_version("4.0.0-beta.1"), Some((4, 0)));
        assert_eq!(parse_version("surrealdb-2.1.4+20250101"), Some((2, 1)));
        assert_eq!(parse_version(""), None);
    }
}
