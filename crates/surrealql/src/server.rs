//! Queries of a store on a server: checked here as any other, executed there.
//!
//! The server has no definitions of our fields, because it would evaluate them at every write. So each query brings them, in
//! the transaction that is cancelled after it.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use rivers_storage::{Error, Result, tables};
use rivers_storage_surreal::{ServerQueries, ServerQuery};
use surrealdb_types::Value;
use tokio::sync::Semaphore;

use crate::answers::Answers;
use crate::memory::MAX_RUNNING;
use crate::plain_value::PlainValue;
use crate::queries::{ANSWER_LIMIT, Query, TURNS, ended_from_outside};
use crate::statements;
use crate::turn::Turn;

/// The server ends a statement this long after the caller was answered, unless it was told to end it.
const MARGIN: Duration = Duration::from_millis(200);

/// A turn for the whole query. [`TURNS`] are for the threads of this process.
static ON_SERVER: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(MAX_RUNNING));

static ALL: LazyLock<Vec<String>> = LazyLock::new(tables::definitions);
/// Without those that only INFO shows.
static COMPUTED: LazyLock<Vec<String>> =
    LazyLock::new(|| ALL.iter().filter(|definition| definition.contains(" COMPUTED ")).cloned().collect());

pub async fn run(server: Arc<ServerQueries>, query: Query) -> Result<Vec<PlainValue>> {
    let deadline = Instant::now() + query.timeout;
    let ended = ended_from_outside(query.timeout, query.aborted.clone(), query.closed.clone());
    tokio::select! {
        biased;
        reason = ended => Err(reason),
        answers = answer(&server, query, deadline) => answers,
    }
}

async fn answer(server: &ServerQueries, query: Query, deadline: Instant) -> Result<Vec<PlainValue>> {
    let _turn = ON_SERVER.acquire().await.map_err(|_| Error::closed())?;
    let query = prepare(query, deadline).await?;
    let answers = server.run(&query, deadline, || Answers::new(ANSWER_LIMIT), Answers::add).await?;
    Ok(answers.into_answers())
}

/// Parses and prints on a thread with the stack that this needs.
async fn prepare(query: Query, deadline: Instant) -> Result<ServerQuery> {
    let permit = Arc::clone(&TURNS).acquire_owned().await.map_err(|_| Error::closed())?;
    let prepared = Turn::begin(permit)?.start(move || async move {
        let timeout = deadline.saturating_duration_since(Instant::now()) + MARGIN;
        let timeout = Duration::from_millis(timeout.as_millis().try_into().unwrap_or(u64::MAX));
        let text = statements::for_server(&query.text, query.now_micros, query.small(), timeout)?;
        let definitions = if query.text.to_ascii_uppercase().contains("INFO") { &*ALL } else { &*COMPUTED };
        let variables = query.variables.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        Ok(ServerQuery { definitions: definitions.clone(), text, variables })
    })?;
    prepared.await.unwrap_or_else(|_| Err(Error::internal("the thread of a query ended early")))
}
