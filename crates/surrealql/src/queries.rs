//! Runs the queries of a storage object. Turns belong to the process.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rivers_storage::records::BoxFuture;
use rivers_storage::{Code, Error, Result};
use rivers_storage_surreal::{ServerQueries, Snapshots};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::executor::Executor;
use crate::memory::{MAX_RUNNING, MemoryCount};
use crate::plain_value::PlainValue;
use crate::stop::Stop;
use crate::transaction::QueryTransaction;
use crate::turn::Turn;
use crate::{server, statements};

/// The largest answer of a query, in bytes.
pub const ANSWER_LIMIT: usize = 64 << 20;
/// The value of a variable below this size, in bytes, may be copied for each row.
const SMALL: usize = 1 << 10;
/// The interval at which the caller compares the memory of its query with the limit.
const MEMORY_CHECK_INTERVAL: Duration = Duration::from_millis(5);

/// Turns of the threads of queries.
pub static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MAX_RUNNING)));

/// A query, and what can end it.
pub struct Query {
    /// SurrealQL, any number of statements.
    pub text: String,
    /// Bound to `$name`, never spliced.
    pub variables: Vec<(String, PlainValue)>,
    /// Counted from the call.
    pub timeout: Duration,
    /// The time of the store, in microseconds since the Unix epoch.
    pub now_micros: i64,
    /// Ends the query with `ERR_CANCELLED`.
    pub aborted: CancellationToken,
    /// Ends the query with `ERR_CLOSED`.
    pub closed: CancellationToken,
}

impl Query {
    /// The variables whose values may be copied for each row.
    pub fn small(&self) -> HashSet<String> {
        let small = self.variables.iter().filter(|(_, value)| value.size() < SMALL);
        small.map(|(name, _)| name.clone()).collect()
    }
}

/// The queries of one storage object.
pub enum Queries {
    /// SurrealDB's executor runs them in this process.
    Here(Arc<LocalQueries>),
    /// The server of the store runs them.
    OnServer(Arc<ServerQueries>),
}

impl Queries {
    /// `snapshots` are of the store that the queries read.
    pub fn here(snapshots: Snapshots) -> Self {
        Self::Here(Arc::new(LocalQueries { snapshots, executor: OnceCell::new() }))
    }

    /// One answer for each statement. All statements see the same moment.
    pub fn run(&self, query: Query) -> BoxFuture<'static, Result<Vec<PlainValue>>> {
        match self {
            Self::Here(queries) => Box::pin(run(Arc::clone(queries), query)),
            Self::OnServer(queries) => Box::pin(server::run(Arc::clone(queries), query)),
        }
    }
}

/// Queries that run in this process. The executor starts with the first one.
pub struct LocalQueries {
    snapshots: Snapshots,
    executor: OnceCell<Executor>,
}

impl LocalQueries {
    async fn answer(&self, query: Query, stop: Arc<Stop>) -> Result<Vec<PlainValue>> {
        let statements = statements::parse(&query.text, query.now_micros, query.small())?;
        let executor =
            self.executor.get_or_try_init(|| async { Executor::start(self.snapshots.draft()?).await }).await?;
        let snapshot = self.snapshots.read(&executor.overlay)?;
        let transaction = QueryTransaction::reading(snapshot, Arc::clone(&stop));
        executor.run(transaction, statements, query.variables, &stop, ANSWER_LIMIT).await
    }
}

async fn run(queries: Arc<LocalQueries>, query: Query) -> Result<Vec<PlainValue>> {
    let ended = ended_from_outside(query.timeout, query.aborted.clone(), query.closed.clone());
    tokio::pin!(ended);
    let permit = tokio::select! {
        biased;
        reason = &mut ended => return Err(reason),
        permit = Arc::clone(&TURNS).acquire_owned() => permit.map_err(|_| Error::closed())?,
    };
    let turn = Turn::begin(permit)?;
    let memory = turn.memory();
    let stop = Arc::new(Stop::of(memory));
    // The thread must end also when the caller drops this future.
    let _end = EndOnDrop(Arc::clone(&stop));
    let of_query = Arc::clone(&stop);
    let answer = turn.start(|| async move { queries.answer(query, of_query).await })?;
    let reason = tokio::select! {
        answer = answer => return answer.unwrap_or_else(|_| Err(Error::internal("the thread of a query ended early"))),
        reason = ended => reason,
        reason = too_much_memory(memory) => reason,
    };
    stop.end(reason.clone());
    Err(reason)
}

/// Resolves when the timeout, an abort or the close of the storage object ends the query.
pub async fn ended_from_outside(timeout: Duration, aborted: CancellationToken, closed: CancellationToken) -> Error {
    tokio::select! {
        biased;
        () = closed.cancelled() => Error::closed(),
        () = aborted.cancelled() => Error::new(Code::Cancelled, "the query was aborted"),
        () = tokio::time::sleep(timeout) => {
            Error::new(Code::Timeout, format!("the query took longer than its timeout of {} ms", timeout.as_millis()))
        }
    }
}

async fn too_much_memory(memory: MemoryCount) -> Error {
    let mut interval = tokio::time::interval(MEMORY_CHECK_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if let Some(excess) = memory.excess() {
            return excess;
        }
        interval.tick().await;
    }
}

struct EndOnDrop(Arc<Stop>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(Error::closed());
    }
}
