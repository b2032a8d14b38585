//! The records of the storage on a server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rivers_storage::Result;
use rivers_storage::records::{Answer, BoxFuture, Context, Reads, Records, Step};
use tokio::runtime::Handle;

use super::commit::Writer;
use super::reads::RemoteReads;
use super::session::Session;
use super::socket::Failure;
use super::transaction::RemoteTransaction;
use crate::group_commit::{Committer, GroupCommit};

/// The first wait after a conflict, doubled each time up to the last. A random part of it is waited.
const WAIT_FIRST_MS: u64 = 2;
const WAIT_LAST_MS: u64 = 64;

pub struct RemoteRecords {
    remote: Arc<Remote>,
    group_commit: Arc<GroupCommit<Remote>>,
}

/// What all transactions of this process share.
pub struct Remote {
    pub session: Arc<Session>,
    pub writer: Arc<Writer>,
    pub context: Arc<Context>,
}

impl RemoteRecords {
    pub fn new(remote: Remote) -> Self {
        let remote = Arc::new(remote);
        Self { group_commit: GroupCommit::new(Arc::clone(&remote), Handle::current()), remote }
    }
}

impl Records for RemoteRecords {
    fn view(&self) -> BoxFuture<'_, Result<Box<dyn Reads>>> {
        Box::pin(async { Ok(Box::new(RemoteReads::begin(&self.remote.session)) as Box<dyn Reads>) })
    }

    fn transact(&self, step: Box<dyn Step>) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(self.group_commit.transact(step))
    }

    fn context(&self) -> &Context {
        &self.remote.context
    }

    fn close(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            self.remote.writer.end().await;
            self.remote.session.close().await;
            Ok(())
        })
    }
}

impl Committer for Remote {
    type Transaction = RemoteTransaction;

    async fn begin(&self, since: Instant) -> Result<RemoteTransaction> {
        let deadline = since + self.session.timeout();
        if deadline <= Instant::now() {
            return Err(self.session.failed(Failure::Late));
        }
        let reads = RemoteReads { session: Arc::clone(&self.session), deadline: deadline.into() };
        Ok(RemoteTransaction::begin(reads, Arc::clone(&self.writer)))
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn commits_slowly(&self) -> bool {
        true
    }

    /// The deadline ends the attempts.
    async fn wait_after_conflict(&self, conflicts: usize) -> Result<()> {
        let longest = (WAIT_FIRST_MS << conflicts.min(10)).min(WAIT_LAST_MS);
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=longest))).await;
        Ok(())
    }
}
