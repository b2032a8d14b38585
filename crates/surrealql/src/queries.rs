//! The queries of one store: their turns, and what ends them.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rivers_storage::{Code, Error, Result};
use rivers_storage_surreal::Snapshots;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::executor::Executor;
use crate::memory::{Held, QUERIES};
use crate::plain::Plain;
use crate::snapshot::QuerySnapshot;
use crate::statements;
use crate::stop::Stop;
use crate::thread::Turn;

/// The largest answer of a query, in bytes.
const ANSWER_LIMIT: usize = 64 << 20;
/// A variable below it, in bytes, may be copied for each row.
const SMALL: usize = 1 << 10;
/// How often the memory of a query is looked at from outside.
const LOOK_EVERY: Duration = Duration::from_millis(5);

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(QUERIES)));

/// A query, and what ends it.
pub struct Query {
    /// SurrealQL, any number of statements.
    pub text: String,
    /// Bound to `$name`, never spliced.
    pub variables: Vec<(String, Plain)>,
    /// Counted from the call.
    pub timeout: Duration,
    /// The time of the store, in microseconds since the Unix epoch.
    pub now_micros: i64,
    /// Ends the query with `ERR_CANCELLED`.
    pub aborted: CancellationToken,
    /// Ends the query with `ERR_CLOSED`.
    pub closed: CancellationToken,
}

/// Answers queries on one store. Nothing is made before the first.
pub struct Queries {
    snapshots: Snapshots,
    executor: OnceCell<Executor>,
}

impl Queries {
    /// Of the store that the snapshots are of.
    pub fn new(snapshots: Snapshots) -> Arc<Self> {
        Arc::new(Self { snapshots, executor: OnceCell::new() })
    }

    /// One answer for each statement. All statements see the same moment.
    pub fn run(self: &Arc<Self>, query: Query) -> Pin<Box<dyn Future<Output = Result<Vec<Plain>>> + Send>> {
        Box::pin(run(Arc::clone(self), query))
    }

    async fn answer(&self, query: Query, stop: Arc<Stop>) -> Result<Vec<Plain>> {
        let small = query.variables.iter().filter(|(_, value)| value.size() < SMALL).map(|(name, _)| name.clone());
        let statements = statements::parse(&query.text, query.now_micros, small.collect())?;
        let executor =
            self.executor.get_or_try_init(|| async { Executor::start(self.snapshots.draft()?).await }).await?;
        let snapshot = QuerySnapshot::reading(self.snapshots.read(&executor.overlay)?, Arc::clone(&stop));
        executor.run(snapshot, statements, query.variables, &stop, ANSWER_LIMIT).await
    }
}

async fn run(queries: Arc<Queries>, query: Query) -> Result<Vec<Plain>> {
    let ended = reason_to_end(query.timeout, query.aborted.clone(), query.closed.clone());
    tokio::pin!(ended);
    let permit = tokio::select! {
        biased;
        reason = &mut ended => return Err(reason),
        permit = Arc::clone(&TURNS).acquire_owned() => permit.map_err(|_| Error::closed())?,
    };
    let turn = Turn::begin(permit)?;
    let held = turn.held();
    let stop = Arc::new(Stop::of(held));
    // Its thread must not go on when the caller has gone.
    let _end = EndOnDrop(Arc::clone(&stop));
    let of_query = Arc::clone(&stop);
    let answer = turn.start(|| async move { queries.answer(query, of_query).await })?;
    let reason = tokio::select! {
        answer = answer => return answer.unwrap_or_else(|_| Err(Error::internal("the thread of a query ended early"))),
        reason = ended => reason,
        reason = too_much_memory(held) => reason,
    };
    stop.end(reason.clone());
    Err(reason)
}

/// Resolves when the caller, the storage or the time ends the query.
async fn reason_to_end(timeout: Duration, aborted: CancellationToken, closed: CancellationToken) -> Error {
    tokio::select! {
        biased;
        () = closed.cancelled() => Error::closed(),
        () = aborted.cancelled() => Error::new(Code::Cancelled, "the query was aborted"),
        () = tokio::time::sleep(timeout) => {
            Error::new(Code::Timeout, format!("the query took longer than its timeout of {} ms", timeout.as_millis()))
        }
    }
}

async fn too_much_memory(held: Held) -> Error {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if let Some(excess) = held.excess() {
            return excess;
        }
        looks.tick().await;
    }
}

struct EndOnDrop(Arc<Stop>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(Error::closed());
    }
}
