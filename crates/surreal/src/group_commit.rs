//! Group commit: the transactions of a process run one after another, so they never conflict with each other. Transactions
//! that queue during a commit share the next commit.
//!
//! A caller that finds no leader becomes the leader. It runs its own step on its own thread, because a hand-over to
//! another thread costs more than the step. If others have queued by then, a task becomes the next leader and runs them
//! in groups until the queue is empty. While the queue has followers there is a leader: a leader that ends, also by a
//! panic, starts the next one in its `Drop`.
//!
//! Rows that were read or written lately are taken from a cache. Where other processes write, too, the commit checks them.

mod cache;
mod reads;

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use parking_lot::{Mutex, MutexGuard};
use rivers_storage::pools::HandOn;
use rivers_storage::records::{Answer, Context, Key, Reads, Row, Step, Table, Tx, Write};
use rivers_storage::{Error, Result};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use self::cache::RowCache;
use self::reads::GroupReads;
use crate::detached::Detached;

/// The most steps in one commit: all of them fail with it.
const GROUP_LIMIT: usize = 256;
/// Yields before a slow commit, so that callers just answered can enqueue their next operation.
const YIELDS: usize = 16;

/// The engine that a group commits to.
pub trait Committer: Send + Sync + 'static {
    type Transaction: WriteTransaction;

    /// `since`: when the first of its callers asked for it.
    fn begin(&self, since: Instant) -> impl Future<Output = Result<Self::Transaction>> + Send;

    fn context(&self) -> &Context;

    /// Whether a commit takes longer than waiting for more steps to share it.
    fn commits_slowly(&self) -> bool;

    /// Waits for a better moment after a number of conflicts. The error ends the transaction.
    fn wait_after_conflict(&self, conflicts: usize) -> impl Future<Output = Result<()>> + Send;
}

/// Its reads see its writes. Dropping it stores nothing.
pub trait WriteTransaction: Reads + 'static {
    fn write(&self, writes: &[Write]) -> impl Future<Output = Result<()>> + Send;

    fn commit(self) -> impl Future<Output = Result<(), NotCommitted>> + Send;

    /// The conflict of a transaction that decided on rows which are no longer current.
    fn end_without_writes(self) -> impl Future<Output = Result<(), NotCommitted>> + Send;

    /// Whether it reads the table from memory, so that the cache is not asked.
    fn knows(&self, _table: Table) -> bool {
        false
    }

    /// Whether the group grants what it frees.
    fn hands_on(&self) -> bool {
        false
    }

    /// A step of the group was decided.
    fn decided(&self, _answer: &Answer) {}

    /// Notes that the decision rests on a cached row.
    fn rely_on(&self, key: &Key, row: Option<&Row>);
}

#[derive(Debug)]
pub enum NotCommitted {
    /// Nothing is stored, and another attempt may succeed.
    Conflict,
    /// Nothing is stored, and fewer steps in one commit may succeed.
    TooLarge(Error),
    Failed(Error),
}

impl From<Error> for NotCommitted {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

pub struct GroupCommit<C> {
    committer: Arc<C>,
    runtime: Handle,
    cache: RowCache,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    has_leader: bool,
    /// Urgent ones first.
    followers: VecDeque<Follower>,
}

impl Queue {
    fn push(&mut self, follower: Follower) {
        let place = if follower.step.is_urgent() {
            self.followers.partition_point(|other| other.step.is_urgent())
        } else {
            self.followers.len()
        };
        self.followers.insert(place, follower);
    }
}

struct Follower {
    step: Box<dyn Step>,
    since: Instant,
    reply: oneshot::Sender<Result<Answer>>,
}

enum Admission<C: Committer> {
    Leads(Leader<C>, Box<dyn Step>),
    Follows(oneshot::Receiver<Result<Answer>>),
}

impl<C: Committer> GroupCommit<C> {
    pub fn new(committer: Arc<C>, runtime: Handle) -> Arc<Self> {
        Arc::new(Self { committer, runtime, cache: RowCache::new(), queue: Mutex::default() })
    }

    pub async fn transact(self: &Arc<Self>, step: Box<dyn Step>) -> Result<Answer> {
        match self.admit(step) {
            Admission::Leads(leader, step) => Detached::new(self.runtime.clone(), leader.run_own(step)).await,
            Admission::Follows(answer) => {
                answer.await.unwrap_or_else(|_| Err(Error::internal("a transaction ended without an answer")))
            }
        }
    }

    /// Runs the steps, in one commit if nothing else goes before them. Nobody hears their answers.
    pub async fn submit(self: &Arc<Self>, steps: Vec<Box<dyn Step>>) {
        for answer in self.enqueue(steps) {
            drop(answer.await);
        }
    }

    fn enqueue(self: &Arc<Self>, steps: Vec<Box<dyn Step>>) -> Vec<oneshot::Receiver<Result<Answer>>> {
        let mut queue = self.queue();
        let mut answers = Vec::with_capacity(steps.len());
        for step in steps {
            let (reply, answer) = oneshot::channel();
            queue.push(Follower { step, since: Instant::now(), reply });
            answers.push(answer);
        }
        let leads = !std::mem::replace(&mut queue.has_leader, true);
        drop(queue);
        if leads {
            // A leader without a step of its own: dropped, it starts the next one.
            drop(Leader { group_commit: Arc::clone(self), is_running: true });
        }
        answers
    }

    fn admit(self: &Arc<Self>, step: Box<dyn Step>) -> Admission<C> {
        let mut queue = self.queue();
        if !std::mem::replace(&mut queue.has_leader, true) {
            drop(queue);
            return Admission::Leads(Leader { group_commit: Arc::clone(self), is_running: true }, step);
        }
        let (reply, answer) = oneshot::channel();
        queue.push(Follower { step, since: Instant::now(), reply });
        drop(queue);
        Admission::Follows(answer)
    }

    fn next_group(&self) -> Vec<Follower> {
        let followers = &mut self.queue().followers;
        let size = followers.len().min(GROUP_LIMIT);
        // The step of a caller that was dropped before its group began does not run.
        followers.drain(..size).filter(|follower| !follower.reply.is_closed()).collect()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock()
    }

    async fn run(&self, steps: &[Box<dyn Step>], since: Instant) -> Vec<Result<Answer>> {
        let fail_all = |error: &Error| steps.iter().map(|_| Err(error.clone())).collect();
        for conflicts in 1.. {
            match self.run_once(steps, since).await {
                Ok(answers) => return answers,
                Err(NotCommitted::Conflict) => {}
                Err(NotCommitted::TooLarge(_)) if steps.len() > 1 => return self.run_one_by_one(steps, since).await,
                Err(NotCommitted::TooLarge(error) | NotCommitted::Failed(error)) => return fail_all(&error),
            }
            if let Err(error) = self.committer.wait_after_conflict(conflicts).await {
                return fail_all(&error);
            }
        }
        fail_all(&Error::internal("a commit met more conflicts than can be counted"))
    }

    async fn run_one_by_one(&self, steps: &[Box<dyn Step>], since: Instant) -> Vec<Result<Answer>> {
        let mut answers = Vec::with_capacity(steps.len());
        for step in steps.chunks(1) {
            // Boxed, because it may come back here as far as the compiler knows.
            answers.extend(Box::pin(self.run(step, since)).await);
        }
        answers
    }

    async fn run_once(&self, steps: &[Box<dyn Step>], since: Instant) -> Result<Vec<Result<Answer>>, NotCommitted> {
        let transaction = self.committer.begin(since).await?;
        let guard = self.cache.guard();
        let hands_on = transaction.hands_on();
        let reads = GroupReads::new(&transaction, &self.cache, steps.len() > 1 || hands_on);
        let mut hand_on = HandOn::default();
        let mut answers = Vec::with_capacity(steps.len());
        for step in steps {
            let decided = decide(step.as_ref(), &reads, self.committer.context()).await;
            answers.push(match decided {
                Ok((answer, writes)) => {
                    if hands_on {
                        hand_on.note(&writes);
                    }
                    if !writes.is_empty() {
                        reads.write(writes).await?;
                    }
                    transaction.decided(&answer);
                    Ok(answer)
                }
                Err(error) => Err(error),
            });
        }
        while let Some(step) = hand_on.next(&reads).await? {
            // A wait whose claim fails stays where it is, and meets the error by itself.
            if let Ok((_, writes)) = decide(step.as_ref(), &reads, self.committer.context()).await
                && !writes.is_empty()
            {
                hand_on.note(&writes);
                reads.write(writes).await?;
            }
        }
        let writes = reads.into_writes();
        if writes.is_empty() {
            transaction.end_without_writes().await?;
            guard.disarm();
            return Ok(answers);
        }
        transaction.commit().await?;
        for writes in &writes {
            self.committer.context().commits.notify(writes);
        }
        self.cache.update(writes.into_iter().flatten());
        guard.disarm();
        Ok(answers)
    }
}

async fn decide(step: &dyn Step, reads: &dyn Reads, context: &Context) -> Result<(Answer, Vec<Write>)> {
    let decision = async {
        let mut tx = Tx::new(reads, context, context.clock.now_micros());
        let answer = step.run(&mut tx).await?;
        Ok((answer, tx.into_writes()))
    };
    AssertUnwindSafe(decision).catch_unwind().await.unwrap_or_else(|payload| Err(panicked(payload.as_ref())))
}

fn panicked(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    Error::internal(format!("a transaction panicked: {text}"))
}

/// The right to run steps. There is one at a time.
struct Leader<C: Committer> {
    group_commit: Arc<GroupCommit<C>>,
    /// False until the task of a spawned leader runs.
    is_running: bool,
}

impl<C: Committer> Leader<C> {
    async fn run_own(self, step: Box<dyn Step>) -> Result<Answer> {
        let answer = self.group_commit.run(&[step], Instant::now()).await.pop();
        answer.unwrap_or_else(|| Err(Error::internal("a transaction gave no answer")))
    }

    async fn run_followers(mut self) {
        self.is_running = true;
        loop {
            let group = self.group_commit.next_group();
            let since = group.iter().map(|follower| follower.since).min().unwrap_or_else(Instant::now);
            let (steps, replies): (Vec<_>, Vec<_>) =
                group.into_iter().map(|follower| (follower.step, follower.reply)).unzip();
            if steps.is_empty() {
                return;
            }
            let answers = self.group_commit.run(&steps, since).await;
            let answered = answers.len();
            for (reply, answer) in replies.into_iter().zip(answers) {
                // Sending fails if the caller was dropped during the commit.
                drop(reply.send(answer));
            }
            self.wait_for_followers(answered).await;
        }
    }

    async fn wait_for_followers(&self, wanted: usize) {
        let yields = if self.group_commit.committer.commits_slowly() { YIELDS } else { 1 };
        for _ in 0..yields {
            tokio::task::yield_now().await;
            if self.group_commit.queue().followers.len() >= wanted {
                return;
            }
        }
    }
}

impl<C: Committer> Drop for Leader<C> {
    fn drop(&mut self) {
        let mut queue = self.group_commit.queue();
        if !self.is_running {
            // The runtime dropped the task without running it, and would drop every later leader, too: the followers
            // get an error instead.
            queue.followers.clear();
        }
        if queue.followers.is_empty() {
            queue.has_leader = false;
            return;
        }
        drop(queue);
        let next = Self { group_commit: Arc::clone(&self.group_commit), is_running: false };
        drop(self.group_commit.runtime.spawn(next.run_followers()));
    }
}

#[cfg(test)]
mod tests;
