//! What the elected process does for the others: it runs their calls as steps of its own group commit, and the commit that
//! has a call's effects answers it, too.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use compact_str::CompactString;
use futures_util::FutureExt;
use parking_lot::Mutex;

use rivers_storage::records::{Answer, BoxFuture, Row, Step, Tx};
use rivers_storage::{CalledStep, Code, Error, Result, step_of};
use surrealdb_types::{Object, Value};
use tokio::time::Instant;

use super::post::{CALLS, SentCall};
use super::records::Remote;
use crate::group_commit::GroupCommit;

/// A call that has less time left than this is not run: its process no longer waits for the answer.
const LEAST_MICROS: i64 = 50_000;
/// A call whose process did not take it back this long after its time is removed.
const ABANDONED: Duration = Duration::from_secs(10);

/// The answer of a step that ran for another process.
#[derive(Clone)]
pub struct Reply {
    pub process: CompactString,
    pub number: i64,
    pub until: i64,
    pub answer: Result<Row>,
}

pub struct CallsOfOthers {
    remote: Arc<Remote>,
    group_commit: Arc<GroupCommit<Remote>>,
    under_way: Mutex<HashSet<(CompactString, i64)>>,
    /// How many calls it has run.
    count: AtomicUsize,
}

impl CallsOfOthers {
    pub fn new(remote: Arc<Remote>, group_commit: Arc<GroupCommit<Remote>>) -> Arc<Self> {
        Arc::new(Self { remote, group_commit, under_way: Mutex::default(), count: AtomicUsize::new(0) })
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Runs the calls that do not run already.
    pub fn run(self: &Arc<Self>, calls: Vec<SentCall>) {
        let mut under_way = self.under_way.lock();
        let new = calls.into_iter().filter(|call| under_way.insert((call.process.clone(), call.number)));
        let new: Vec<SentCall> = new.collect();
        drop(under_way);
        if new.is_empty() {
            return;
        }
        self.count.fetch_add(new.len(), Ordering::SeqCst);
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let names: Vec<_> = new.iter().map(|call| (call.process.clone(), call.number)).collect();
            let steps = new.into_iter().map(|call| AnsweringStep::boxed(Arc::clone(&this.remote), call)).collect();
            this.group_commit.submit(steps).await;
            let mut under_way = this.under_way.lock();
            for name in &names {
                under_way.remove(name);
            }
        });
    }

    /// Runs the calls that it finds, since a notification may be lost, and renews the election.
    pub async fn find(self: &Arc<Self>, deadline: Instant) -> Result<()> {
        let session = &self.remote.session;
        let (_, found) = self.remote.election.look_and(&format!("SELECT * FROM {CALLS}"), deadline).await?;
        let Some(Value::Array(found)) = found else { return Ok(()) };
        if !self.remote.context.is_elected() {
            return Ok(());
        }
        let calls: Vec<SentCall> = found.into_inner().into_iter().filter_map(SentCall::from_value).collect();
        let now = self.remote.context.clock.now_micros();
        let abandoned = i64::try_from(ABANDONED.as_micros()).unwrap_or(i64::MAX);
        let (old, calls): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| now - call.until > abandoned);
        for call in old {
            let mut variables = Object::new();
            variables.insert("call", call.id());
            session.read("DELETE $call RETURN NONE", &variables, deadline).await?;
        }
        self.run(calls);
        Ok(())
    }

    /// Reads the rows of pools again if another process has changed them, and grants what came free.
    pub async fn read_pools(&self) {
        self.group_commit.submit(vec![Box::new(EmptyStep)]).await;
    }
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
    call: SentCall,
    step: Result<Box<dyn CalledStep>>,
    has_run: AtomicBool,
}

impl AnsweringStep {
    fn boxed(remote: Arc<Remote>, call: SentCall) -> Box<dyn Step> {
        let step = step_of(&call.name, call.request.clone());
        Box::new(Self { remote, call, step, has_run: AtomicBool::new(false) })
    }

    async fn is_there(&self) -> Result<bool> {
        let mut variables = Object::new();
        variables.insert("call", self.call.id());
        let session = &self.remote.session;
        let deadline = Instant::now() + session.timeout();
        let found = session.read("RETURN record::exists($call)", &variables, deadline).await?.pop();
        Ok(matches!(found, Some(Ok(Value::Bool(true)))))
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
            let SentCall { process, number, until, .. } = &self.call;
            if until - tx.now_micros() < LEAST_MICROS {
                return Err(Error::new(Code::Timeout, "the call came too late"));
            }
            // After a conflict: its process may have taken it back.
            if self.has_run.swap(true, Ordering::SeqCst) && !self.is_there().await? {
                return Err(Error::new(Code::Cancelled, "the call was taken back"));
            }
            let answer = self.answer(tx).await;
            match &answer {
                Err(error) if error.code().is_retryable() => return Err(error.clone()),
                Err(_) => tx.discard(),
                Ok(_) => {}
            }
            Ok(Box::new(Reply { process: process.clone(), number: *number, until: *until, answer }) as Answer)
        })
    }
}
