//! The records of the storage on a server.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rivers_storage::Result;
use rivers_storage::records::{Answer, BoxFuture, Context, Reads, Records, Step};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::calls_of_others::CallsOfOthers;
use super::commit::Writer;
use super::committer::RemoteCommitter;
use super::glance::Glance;
use super::own_calls::OwnCalls;
use super::reads::RemoteReads;
use super::router::{Router, serve_news};
use super::shared::Remote;
use super::socket::News;
use crate::group_commit::GroupCommit;

/// How long a look takes at most that no call waits for.
const LOOK_TIMEOUT: Duration = Duration::from_secs(2);

pub struct RemoteRecords(Arc<Router>);

impl RemoteRecords {
    /// Ends what it does in the background when it is dropped.
    pub fn new(remote: Arc<Remote>, writers: [Writer; 2], news: mpsc::UnboundedReceiver<News>) -> Self {
        let writers = writers.map(Arc::new);
        let group_commit = |writer: &Arc<Writer>, decides_on_pools| {
            let (remote, writer) = (Arc::clone(&remote), Arc::clone(writer));
            GroupCommit::new(Arc::new(RemoteCommitter { remote, writer, decides_on_pools }), Handle::current())
        };
        let (pools, data) = (group_commit(&writers[0], true), group_commit(&writers[1], false));
        let own_calls = OwnCalls::new(Arc::clone(&remote));
        let calls_of_others = CallsOfOthers::new(Arc::clone(&remote), Arc::clone(&pools));
        let router = Arc::new(Router {
            remote,
            pools,
            data,
            writers,
            own_calls,
            calls_of_others,
            presides: AtomicBool::new(false),
        });
        tokio::spawn(serve_news(news, Arc::downgrade(&router)));
        Self(router)
    }
}

impl Records for RemoteRecords {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async { Ok(Box::new(RemoteReads::begin(&self.0.remote.session)) as Box<dyn Reads>) })
    }

    fn glance(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async {
            let reads = RemoteReads::begin(&self.0.remote.session);
            Ok(Box::new(Glance { remote: Arc::clone(&self.0.remote), reads }) as Box<dyn Reads>)
        })
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async { Ok(Box::new(RemoteReads::of_one_moment(&self.0.remote.session).await?) as Box<dyn Reads>) })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(self.0.transact(step))
    }

    fn context(&self) -> &Context {
        &self.0.remote.context
    }

    fn look(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.0.look(self.0.deadline().min(tokio::time::Instant::now() + LOOK_TIMEOUT)))
    }

    fn prepare_close(&self) {
        self.0.remote.session.stop_dialling();
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let Remote { election, session, .. } = self.0.remote.as_ref();
            let deadline = tokio::time::Instant::now() + Duration::from_secs(1).min(session.timeout());
            election.resign(deadline).await;
            // One after the other: what is left of a process is found by the row of its commits.
            self.0.own_calls.end(deadline).await;
            for writer in self.0.writers.iter().rev() {
                writer.end().await;
            }
            session.close().await;
            Ok(())
        })
    }
}
