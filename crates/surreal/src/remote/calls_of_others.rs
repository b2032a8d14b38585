//! What the elected process does for the others: it runs their calls as steps of its own group commit, and the commit that
//! has a call's effects answers it, too.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use compact_str::CompactString;
use futures_util::FutureExt;
use parking_lot::Mutex;
use rivers_storage::records::{Answer, BoxFuture, Row, Step, Tx};
use rivers_storage::{CalledStep, Code, Error, Result, step_of};
use surrealdb_types::{Number, Value};
use tokio::time::Instant;

use super::committer::RemoteCommitter;
use super::messages::{CALLS, Calls, SentCall};
use super::request::GUARDS;
use super::shared::Remote;
use crate::group_commit::GroupCommit;

/// A call that has less time left than this is not run: its process no longer waits for the answer.
const LEAST_MICROS: i64 = 50_000;

/// The answer of a step that ran for another process.
#[derive(Clone)]
pub struct Reply {
    pub process: CompactString,
    pub number: i64,
    /// Of the row that the call was in.
    pub version: i64,
    pub until: i64,
    pub answer: Result<Row>,
}

pub struct CallsOfOthers {
    remote: Arc<Remote>,
    group_commit: Arc<GroupCommit<RemoteCommitter>>,
    under_way: Mutex<HashSet<(CompactString, i64)>>,
    /// How many calls it has run.
    count: AtomicUsize,
}

impl CallsOfOthers {
    pub fn new(remote: Arc<Remote>, group_commit: Arc<GroupCommit<RemoteCommitter>>) -> Arc<Self> {
        Arc::new(Self { remote, group_commit, under_way: Mutex::default(), count: AtomicUsize::new(0) })
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Runs the calls that do not run already.
    pub fn run_new(self: &Arc<Self>, calls: Calls) {
        let process = calls.process.clone();
        let mut new = self.remote.peers.take_calls(calls);
        new.retain(|call| !is_late(&self.remote, call) && self.under_way.lock().insert((process.clone(), call.number)));
        if new.is_empty() {
            return;
        }
        self.count.fetch_add(new.len(), Ordering::SeqCst);
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let names: Vec<_> = new.iter().map(|call| (process.clone(), call.number)).collect();
            let steps = new.into_iter().map(|call| AnsweringStep::boxed(&this.remote, &process, call)).collect();
            this.group_commit.submit(steps).await;
            let mut under_way = this.under_way.lock();
            for name in &names {
                under_way.remove(name);
            }
        });
    }

    /// Finds the calls of which the notification was lost, and whether another process has changed pools. Renews the election.
    pub async fn find(self: &Arc<Self>, deadline: Instant) -> Result<()> {
        let calls = format!("SELECT * FROM {CALLS} WHERE calls != []");
        let statement = format!("RETURN [({calls}), (SELECT VALUE n FROM ONLY {GUARDS}:pools)];");
        let (_, found) = self.remote.election.look_and(&statement, deadline).await?;
        let Some(Value::Array(found)) = found else { return Ok(()) };
        let Ok([Value::Array(calls), guard]) = <[Value; 2]>::try_from(found.into_inner()) else { return Ok(()) };
        if !self.remote.context.is_elected() {
            return Ok(());
        }
        for calls in calls.into_inner().into_iter().filter_map(Calls::from_value) {
            self.run_new(calls);
        }
        if let Value::Number(Number::Int(guard)) = guard
            && self.remote.mirror.lock().as_ref().is_none_or(|mirror| mirror.guard != guard)
        {
            self.remote.doubt_mirror();
            self.read_pools().await;
        }
        Ok(())
    }

    /// Reads the rows of pools again if another process has changed them, and grants what came free.
    pub async fn read_pools(&self) {
        self.group_commit.submit(vec![Box::new(EmptyStep)]).await;
    }
}

/// Its commit checks the time, too.
fn is_late(remote: &Remote, call: &SentCall) -> bool {
    remote.clock.known_micros().is_some_and(|now| call.until - now < LEAST_MICROS)
}

/// Its transaction begins, which is all that is wanted of it.
struct EmptyStep;

impl Step for EmptyStep {
    fn run<'t>(&'t self, _: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async { Ok(Box::new(()) as Answer) })
    }
}

struct AnsweringStep {
    remote: Arc<Remote>,
    process: CompactString,
    call: SentCall,
    step: Result<Box<dyn CalledStep>>,
}

impl AnsweringStep {
    fn boxed(remote: &Arc<Remote>, process: &CompactString, call: SentCall) -> Box<dyn Step> {
        let step = step_of(&call.name, call.request.clone());
        Box::new(Self { remote: Arc::clone(remote), process: process.clone(), call, step })
    }

    /// The version of the row that the call is in. None if it was answered or taken back.
    async fn version(&self) -> Result<Option<i64>> {
        let Remote { session, peers, .. } = self.remote.as_ref();
        peers.load_unknown(std::iter::once(&self.process), session, Instant::now() + session.timeout()).await?;
        Ok(peers.version_with(&self.process, self.call.number))
    }

    async fn answer(&self, tx: &mut Tx<'_>) -> Result<Row> {
        let step = self.step.as_ref().map_err(Error::clone)?;
        let run = AssertUnwindSafe(step.run(tx)).catch_unwind();
        run.await.unwrap_or_else(|_| Err(Error::internal("the elected process panicked at this call")))
    }
}

impl Step for AnsweringStep {
    /// Fails without an answer where the process that called is not to get one.
    fn run<'t>(&'t self, tx: &'t mut Tx<'_>) -> BoxFuture<'t, Result<Answer>> {
        Box::pin(async move {
            let SentCall { number, until, .. } = self.call;
            if is_late(&self.remote, &self.call) {
                return Err(Error::new(Code::Timeout, "the call came too late"));
            }
            let Some(version) = self.version().await? else {
                return Err(Error::new(Code::Cancelled, "the call was answered or taken back"));
            };
            let answer = self.answer(tx).await;
            match &answer {
                Err(error) if error.code().is_retryable() => return Err(error.clone()),
                Err(_) => tx.discard(),
                Ok(_) => {}
            }
            Ok(Box::new(Reply { process: self.process.clone(), number, version, until, answer }) as Answer)
        })
    }

    fn is_urgent(&self) -> bool {
        self.step.as_ref().is_ok_and(|step| step.is_urgent())
    }
}
