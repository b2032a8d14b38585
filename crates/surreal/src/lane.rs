//! The commit lane: the transactions of a store run one after another, so they never conflict, and
//! those that wait while one commits share the next commit.
//!
//! Who finds the lane free leads: it runs its own step on the spot, with no hand-over to another
//! thread. If others have queued by then, a task takes the lead and serves them in groups until
//! nobody is left. Somebody leads as long as somebody waits: a lead that ends in any way, by a
//! panic or because its caller went away, passes the lead on when it is dropped.
//!
//! Nobody else writes, so rows that were read or written lately are not read again.

mod cache;

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use parking_lot::{Mutex, MutexGuard};
use rivers_storage::records::{Answer, Context, Reads, Step, Tx, Write};
use rivers_storage::{Error, Result};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use self::cache::{Cache, Group};
use crate::detached::Detached;

/// So many steps share a commit at most: what one failing commit can take with it.
const GROUP: usize = 256;
/// Nobody else writes, so even one conflict is a surprise.
const TRIES: usize = 8;
/// So often others get their turn before a slow commit, for those who were just answered to go on.
const TURNS: usize = 16;

/// What the lane commits to.
pub trait Engine: Send + Sync + 'static {
    type Transaction: Transaction;

    fn begin(&self) -> impl Future<Output = Result<Self::Transaction>> + Send;

    fn context(&self) -> &Context;

    /// Whether a commit takes so long that it is worth waiting for company.
    fn commits_slowly(&self) -> bool;
}

/// Its reads see its writes. One that is dropped has stored nothing.
pub trait Transaction: Reads + 'static {
    fn write(&self, writes: &[Write]) -> impl Future<Output = Result<()>> + Send;

    fn commit(self) -> impl Future<Output = Result<(), NotCommitted>> + Send;

    fn cancel(self) -> impl Future<Output = ()> + Send;
}

#[derive(Debug)]
pub enum NotCommitted {
    /// Nothing is stored, and the same may succeed when it is done again.
    Conflict,
    Failed(Error),
}

impl From<Error> for NotCommitted {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

pub struct Lane<E> {
    engine: Arc<E>,
    runtime: Handle,
    cache: Cache,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    led: bool,
    waiting: VecDeque<Member>,
}

struct Member {
    step: Box<dyn Step>,
    reply: oneshot::Sender<Result<Answer>>,
}

enum Place<E: Engine> {
    First(Lead<E>, Box<dyn Step>),
    Queued(oneshot::Receiver<Result<Answer>>),
}

impl<E: Engine> Lane<E> {
    pub fn new(engine: Arc<E>, runtime: Handle) -> Arc<Self> {
        Arc::new(Self { engine, runtime, cache: Cache::new(), queue: Mutex::default() })
    }

    pub async fn transact(self: &Arc<Self>, step: Box<dyn Step>) -> Result<Answer> {
        match self.enter(step) {
            Place::First(lead, step) => Detached::new(self.runtime.clone(), lead.alone(step)).await,
            Place::Queued(reply) => {
                reply.await.unwrap_or_else(|_| Err(Error::internal("a transaction ended without an answer")))
            }
        }
    }

    fn enter(self: &Arc<Self>, step: Box<dyn Step>) -> Place<E> {
        let mut queue = self.queue();
        if !std::mem::replace(&mut queue.led, true) {
            drop(queue);
            return Place::First(Lead { lane: Arc::clone(self), started: true }, step);
        }
        let (reply, answer) = oneshot::channel();
        queue.waiting.push_back(Member { step, reply });
        drop(queue);
        Place::Queued(answer)
    }

    fn next_group(&self) -> Vec<Member> {
        let waiting = &mut self.queue().waiting;
        let group = waiting.len().min(GROUP);
        // Nobody waits for the answer of a caller that went away, so its step need not run.
        waiting.drain(..group).filter(|member| !member.reply.is_closed()).collect()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock()
    }

    async fn run(&self, steps: &[Box<dyn Step>]) -> Vec<Result<Answer>> {
        let all = |error: &Error| steps.iter().map(|_| Err(error.clone())).collect();
        for _ in 0..TRIES {
            match self.run_once(steps).await {
                Ok(answers) => {
                    let committed = steps.iter().zip(&answers).filter(|(_, answer)| answer.is_ok());
                    committed.for_each(|(step, _)| step.committed());
                    return answers;
                }
                Err(NotCommitted::Conflict) => {}
                Err(NotCommitted::Failed(error)) => return all(&error),
            }
        }
        all(&Error::internal(format!("a commit met a conflict {TRIES} times, though nobody else writes")))
    }

    async fn run_once(&self, steps: &[Box<dyn Step>]) -> Result<Vec<Result<Answer>>, NotCommitted> {
        let transaction = self.engine.begin().await?;
        let doubt = self.cache.doubt();
        let group = Group::new(&transaction, &self.cache);
        let mut answers = Vec::with_capacity(steps.len());
        let mut dirty = false;
        for step in steps {
            let decided = decide(step.as_ref(), &group, self.engine.context()).await;
            answers.push(match decided {
                Ok((answer, writes)) => {
                    if !writes.is_empty() {
                        dirty = true;
                        group.write(writes).await?;
                    }
                    Ok(answer)
                }
                Err(error) => Err(error),
            });
        }
        let written = group.into_written();
        if dirty {
            transaction.commit().await?;
            self.cache.keep(written);
        } else {
            transaction.cancel().await;
        }
        doubt.settle();
        Ok(answers)
    }
}

async fn decide(step: &dyn Step, reads: &dyn Reads, context: &Context) -> Result<(Answer, Vec<Write>)> {
    let decision = async {
        let mut tx = Tx::new(reads, context);
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

/// The right to run steps, held by one at a time.
struct Lead<E: Engine> {
    lane: Arc<Lane<E>>,
    started: bool,
}

impl<E: Engine> Lead<E> {
    async fn alone(self, step: Box<dyn Step>) -> Result<Answer> {
        let answer = self.lane.run(&[step]).await.pop();
        answer.unwrap_or_else(|| Err(Error::internal("a transaction gave no answer")))
    }

    async fn serve(mut self) {
        self.started = true;
        loop {
            let group = self.lane.next_group().into_iter();
            let (steps, replies): (Vec<_>, Vec<_>) = group.map(|member| (member.step, member.reply)).unzip();
            if steps.is_empty() {
                return;
            }
            let answers = self.lane.run(&steps).await;
            let answered = answers.len();
            for (reply, answer) in replies.into_iter().zip(answers) {
                // A caller that went away meanwhile does not want its answer.
                drop(reply.send(answer));
            }
            self.gather(answered).await;
        }
    }

    async fn gather(&self, company: usize) {
        let turns = if self.lane.engine.commits_slowly() { TURNS } else { 1 };
        for _ in 0..turns {
            tokio::task::yield_now().await;
            if self.lane.queue().waiting.len() >= company {
                return;
            }
        }
    }
}

impl<E: Engine> Drop for Lead<E> {
    fn drop(&mut self) {
        let mut queue = self.lane.queue();
        if !self.started {
            // The task never ran: its runtime is gone, and so is everybody who could lead.
            queue.waiting.clear();
        }
        if queue.waiting.is_empty() {
            queue.led = false;
            return;
        }
        drop(queue);
        let next = Self { lane: Arc::clone(&self.lane), started: false };
        drop(self.lane.runtime.spawn(next.serve()));
    }
}

#[cfg(test)]
mod tests;
