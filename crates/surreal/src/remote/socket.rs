//! One connection to a server: requests and their replies, by SurrealDB's own protocol over a WebSocket. Requests are
//! pipelined. SurrealDB's client is not used: it leaves Nagle's algorithm on, which delays a request behind another one by
//! 40 ms, dials for ever, and has no timeout.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use parking_lot::Mutex;
use rivers_storage::Error;
use surrealdb_rpc::{DbResult, db_response_from_bytes};
use surrealdb_types::{Action, Array, Error as ServerError, Number, Object, Value, encode};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message};
use tokio_util::sync::CancellationToken;

use super::endpoint::{Activity, Endpoint, Stream};

/// The largest request. A server accepts 128 MiB by default, and SurrealDB's own client sends 64.
pub const MESSAGE_LIMIT: usize = 64 << 20;
/// How often a connection without traffic is checked.
const PING_EVERY: Duration = Duration::from_secs(3);
/// A connection on which no byte came or went for this long is dead.
const SILENCE: Duration = Duration::from_secs(7);
/// The same while the store closes: a server that stands answers a ping in this time, however long it takes for a call.
const SILENCE_AT_CLOSE: Duration = Duration::from_millis(500);

/// Why a request has no reply.
#[derive(Debug)]
pub enum Failure {
    /// There was no connection, so the server did not get the request.
    NotSent(Error),
    /// The reply is not one to such a request. The server got the request.
    Unreadable(Error),
    /// The request is over [`MESSAGE_LIMIT`].
    TooLarge,
    /// The connection was lost or could not be made. The server may have got the request.
    Lost(String),
    /// The deadline passed. The server may have got the request.
    Late,
    /// The server refused the request.
    Refused(ServerError),
}

type Reply = Result<DbResult, ServerError>;

/// What a server tells by itself.
pub enum News {
    /// There is a new connection: whatever came while there was none is lost.
    Connected,
    /// A row of a table that is listened to, as it is now.
    Row(Value),
}

/// Closes when it is dropped.
pub struct Socket {
    outgoing: mpsc::UnboundedSender<Message>,
    pending: Arc<Mutex<Pending>>,
    last_id: AtomicI64,
}

/// None once the connection is lost: a request that comes then fails at once.
type Pending = Option<HashMap<i64, Waiter>>;

enum Waiter {
    Call(oneshot::Sender<Reply>),
    Stream(mpsc::UnboundedSender<Reply>),
}

impl Socket {
    pub async fn dial(
        endpoint: &Endpoint,
        news: mpsc::UnboundedSender<News>,
        closing: CancellationToken,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        let activity = Arc::<Activity>::default();
        let dialled = async {
            let stream =
                endpoint.connect(Arc::clone(&activity)).await.map_err(|error| Failure::Lost(error.to_string()))?;
            let mut request = endpoint.url().into_client_request().map_err(lost)?;
            request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("flatbuffers"));
            // A list may have any length.
            let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None).write_buffer_size(0);
            let (socket, _) =
                tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await.map_err(lost)?;
            Ok(socket)
        };
        let socket = timeout_at(deadline, dialled).await.unwrap_or(Err(Failure::Late))?;
        let (outgoing, requests) = mpsc::unbounded_channel();
        let pending = Arc::new(Mutex::new(Some(HashMap::new())));
        let incoming = Incoming { pending: Arc::clone(&pending), news };
        tokio::spawn(run(socket, requests, outgoing.downgrade(), activity, incoming, closing));
        Ok(Self { outgoing, pending, last_id: AtomicI64::new(0) })
    }

    pub fn is_alive(&self) -> bool {
        self.pending.lock().is_some()
    }

    pub async fn call(&self, method: &str, params: Vec<Value>, deadline: Instant) -> Result<DbResult, Failure> {
        self.call_within(None, method, params, deadline).await
    }

    /// Within a transaction that `begin` has begun on this connection.
    pub async fn call_within(
        &self,
        transaction: Option<&Value>,
        method: &str,
        params: Vec<Value>,
        deadline: Instant,
    ) -> Result<DbResult, Failure> {
        let (sender, reply) = oneshot::channel();
        let id = self.send(method, params, transaction.cloned(), Waiter::Call(sender))?;
        match timeout_at(deadline, reply).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(error))) => Err(Failure::Refused(error)),
            Ok(Err(_)) => Err(Failure::Lost("the connection was lost".into())),
            Err(_) => {
                if let Some(pending) = self.pending.lock().as_mut() {
                    pending.remove(&id);
                }
                Err(Failure::Late)
            }
        }
    }

    /// For a request with many replies, within a transaction of this connection.
    pub fn stream(&self, method: &str, params: Vec<Value>, transaction: Value) -> Result<Replies, Failure> {
        let (sender, received) = mpsc::unbounded_channel();
        let id = self.send(method, params, Some(transaction), Waiter::Stream(sender))?;
        Ok(Replies { id, received, pending: Arc::clone(&self.pending) })
    }

    /// Returns the number of the request.
    fn send(
        &self,
        method: &str,
        params: Vec<Value>,
        transaction: Option<Value>,
        waiter: Waiter,
    ) -> Result<i64, Failure> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let mut request = Object::new();
        request.insert("id", Value::Number(Number::Int(id)));
        request.insert("method", Value::String(method.to_owned()));
        request.insert("params", Value::Array(Array::from(params)));
        if let Some(transaction) = transaction {
            request.insert("txn", transaction);
        }
        let bytes = encode(&Value::Object(request));
        let bytes = bytes.map_err(|error| Failure::NotSent(Error::internal(format!("a request: {error}"))))?;
        if bytes.len() > MESSAGE_LIMIT {
            return Err(Failure::TooLarge);
        }
        {
            let mut pending = self.pending.lock();
            let Some(pending) = pending.as_mut() else { return Err(Failure::Lost("the connection is closed".into())) };
            pending.insert(id, waiter);
        }
        // Fails with the pending reply.
        drop(self.outgoing.send(Message::Binary(bytes.into())));
        Ok(id)
    }
}

/// The replies to a streaming request.
pub struct Replies {
    id: i64,
    received: mpsc::UnboundedReceiver<Reply>,
    pending: Arc<Mutex<Pending>>,
}

impl Replies {
    /// The number of the request.
    pub const fn id(&self) -> i64 {
        self.id
    }

    /// The next reply.
    pub async fn next(&mut self) -> Result<DbResult, Failure> {
        match self.received.recv().await {
            Some(Ok(result)) => Ok(result),
            Some(Err(error)) => Err(Failure::Refused(error)),
            None => Err(Failure::Lost("the connection was lost".into())),
        }
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.lock().as_mut() {
            pending.remove(&self.id);
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn lost(error: WebSocketError) -> Failure {
    Failure::Lost(error.to_string())
}

/// Serves the connection until it is lost, or its `Socket` is dropped. Then every pending request fails.
async fn run(
    socket: WebSocketStream<Stream>,
    requests: mpsc::UnboundedReceiver<Message>,
    pings: mpsc::WeakUnboundedSender<Message>,
    activity: Arc<Activity>,
    incoming: Incoming,
    closing: CancellationToken,
) {
    let (sink, mut stream) = socket.split();
    // A task of its own: a large request may take longer to send than the silence of a dead connection lasts.
    let mut sending = tokio::spawn(send(sink, requests));
    let (mut seen, mut heard) = (0, Instant::now());
    let (mut ping, mut silence) = (tokio::time::interval(PING_EVERY), SILENCE);
    loop {
        tokio::select! {
            message = stream.next() => {
                let Some(Ok(message)) = message else { break };
                if let Message::Binary(bytes) = message {
                    incoming.take(&bytes);
                }
            }
            _ = &mut sending => {
                *incoming.pending.lock() = None;
                return;
            }
            () = closing.cancelled(), if silence == SILENCE => {
                heard = Instant::now();
                (ping, silence) = (tokio::time::interval(SILENCE_AT_CLOSE / 4), SILENCE_AT_CLOSE);
            }
            _ = ping.tick() => {
                let bytes = activity.bytes();
                if bytes != seen {
                    (seen, heard) = (bytes, Instant::now());
                }
                let Some(pings) = pings.upgrade().filter(|_| heard.elapsed() <= silence) else { break };
                drop(pings.send(Message::Ping(Vec::new().into())));
            }
        }
    }
    *incoming.pending.lock() = None;
    sending.abort();
}

async fn send(mut sink: SplitSink<WebSocketStream<Stream>, Message>, mut requests: mpsc::UnboundedReceiver<Message>) {
    while let Some(request) = requests.recv().await {
        if sink.send(request).await.is_err() {
            return;
        }
    }
    // A half-open connection would hold the goodbye up.
    drop(tokio::time::timeout(Duration::from_millis(200), sink.close()).await);
}

/// Where messages of the server go.
struct Incoming {
    pending: Arc<Mutex<Pending>>,
    news: mpsc::UnboundedSender<News>,
}

impl Incoming {
    fn take(&self, bytes: &[u8]) {
        let Ok(response) = db_response_from_bytes(bytes) else { return };
        match (response.id, response.result) {
            (Some(Value::Number(Number::Int(id))), result) => {
                let mut pending = self.pending.lock();
                let Some(pending) = pending.as_mut() else { return };
                // A caller that has gone is no reason to stop.
                if let Some(Waiter::Stream(sender)) = pending.get(&id) {
                    drop(sender.send(result));
                } else if let Some(Waiter::Call(sender)) = pending.remove(&id) {
                    drop(sender.send(result));
                }
            }
            (_, Ok(DbResult::Live(notification))) if notification.action != Action::Delete => {
                drop(self.news.send(News::Row(notification.result)));
            }
            _ => {}
        }
    }
}
