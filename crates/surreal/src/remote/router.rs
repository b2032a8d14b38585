//! Where a transaction runs: in this process, or in the elected one. And where what the server tells goes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rivers_storage::Result;
use rivers_storage::records::{Answer, Call, Step};
use surrealdb_types::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::calls_of_others::CallsOfOthers;
use super::commit::Writer;
use super::committer::RemoteCommitter;
use super::messages::{CALLS, Calls, is_posts};
use super::own_calls::OwnCalls;
use super::preside::preside;
use super::shared::Remote;
use super::socket::{Failure, News};
use crate::group_commit::GroupCommit;

/// How often a process shows that it is there.
const SHOW_EVERY: Duration = Duration::from_mins(1);
/// How often a process that waits for the elected one looks whether there is one.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// The calls on pools that this process makes and gets.
pub struct Router {
    pub remote: Arc<Remote>,
    /// What changes pools, or what claims rest on.
    pub pools: Arc<GroupCommit<RemoteCommitter>>,
    pub data: Arc<GroupCommit<RemoteCommitter>>,
    pub writers: [Arc<Writer>; 2],
    pub own_calls: Arc<OwnCalls>,
    pub calls_of_others: Arc<CallsOfOthers>,
    pub presides: AtomicBool,
}

impl Router {
    fn take_row(self: &Arc<Self>, row: Value) {
        let Value::Object(object) = &row else { return };
        let Some(Value::RecordId(id)) = object.get("id") else { return };
        if is_posts(id.table.as_str()) {
            self.own_calls.take_posts(row);
        } else if id.table.as_str() == CALLS
            && self.remote.context.is_elected()
            && let Some(calls) = Calls::from_value(row)
        {
            self.calls_of_others.run_new(calls);
        }
    }

    pub fn deadline(&self) -> Instant {
        Instant::now() + self.remote.session.timeout()
    }

    /// Looks who is elected, and what was not heard. A failure is one of the connection, which the calls meet, too.
    pub async fn look(self: &Arc<Self>, deadline: Instant) -> Result<()> {
        let statement = self.own_calls.statement().unwrap_or_default();
        let (is_new, posts) = self.remote.election.look_and(&statement, deadline).await?;
        if is_new && !self.presides.swap(true, Ordering::SeqCst) {
            tokio::spawn(preside(Arc::downgrade(self)));
        }
        if let Some(posts) = posts {
            self.own_calls.take_posts(posts);
        }
        Ok(())
    }

    /// Runs the step in the elected process.
    async fn ask(self: &Arc<Self>, step: &dyn Step, call: Call) -> Result<Answer> {
        let deadline = self.deadline();
        let sent = tokio::time::timeout_at(deadline, self.own_calls.send(call, deadline)).await;
        let mut sent = sent.unwrap_or_else(|_| Err(self.remote.session.failed(Failure::Late)))?;
        loop {
            let look = async {
                tokio::time::sleep(LOOK_EVERY).await;
                self.look(deadline).await
            };
            tokio::select! {
                biased;
                answer = &mut sent.answer => return match answer {
                    Ok(answer) => step.answer_from(answer?),
                    Err(_) => Err(self.own_calls.timed_out(sent.number)),
                },
                // What the look has read may hold the answer.
                looked = tokio::time::timeout_at(deadline, look) => {
                    if looked.is_ok_and(|looked| looked.is_err()) && self.remote.session.is_closing() {
                        return Err(self.own_calls.timed_out(sent.number));
                    }
                }
            }
            if Instant::now() >= deadline {
                drop(self.own_calls.take_back(sent.number).await);
                return match sent.answer.try_recv() {
                    Ok(answer) => step.answer_from(answer?),
                    Err(_) => Err(self.own_calls.timed_out(sent.number)),
                };
            }
        }
    }

    pub async fn transact(self: &Arc<Self>, step: Box<dyn Step>) -> Result<Answer> {
        let Some(call) = step.call() else { return self.data.transact(step).await };
        if self.remote.election.known().is_none() {
            self.look(self.deadline()).await?;
        }
        if self.remote.context.is_elected() {
            return self.pools.transact(step).await;
        }
        self.ask(step.as_ref(), call).await
    }
}

pub async fn serve_news(mut news: mpsc::UnboundedReceiver<News>, router: Weak<Router>) {
    let mut shows = tokio::time::interval_at(Instant::now() + SHOW_EVERY, SHOW_EVERY);
    loop {
        let news = tokio::select! {
            news = news.recv() => news,
            _ = shows.tick() => {
                let Some(router) = router.upgrade() else { return };
                tokio::spawn(async move {
                    for writer in &router.writers {
                        writer.show().await;
                    }
                });
                continue;
            }
        };
        let (Some(news), Some(router)) = (news, router.upgrade()) else { return };
        match news {
            News::Row(row) => router.take_row(row),
            News::Connected => {
                tokio::spawn(async move {
                    drop(router.look(router.deadline()).await);
                    router.remote.doubt_mirror();
                });
            }
        }
    }
}
