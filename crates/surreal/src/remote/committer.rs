//! What a group commit of this process commits to: the server, by requests of one writer. A process has two group commits, one
//! for what changes pools and one for all else, so a large transaction holds up no claim.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rivers_storage::Result;
use rivers_storage::records::Context;

use super::commit::Writer;
use super::shared::Remote;
use super::socket::Failure;
use super::transaction::RemoteTransaction;
use crate::group_commit::Committer;

/// The first wait after a conflict, doubled each time up to the last. A random part of it is waited.
const WAIT_FIRST_MS: u64 = 2;
const WAIT_LAST_MS: u64 = 64;

pub struct RemoteCommitter {
    pub remote: Arc<Remote>,
    pub writer: Arc<Writer>,
    /// Its transactions read `Remote::mirror` while this process is elected.
    pub decides_on_pools: bool,
}

impl Committer for RemoteCommitter {
    type Transaction = RemoteTransaction;

    async fn begin(&self, since: Instant) -> Result<RemoteTransaction> {
        let deadline = since + self.remote.session.timeout();
        if deadline <= Instant::now() {
            return Err(self.remote.session.failed(Failure::Late));
        }
        if self.decides_on_pools {
            self.remote.refresh_mirror(deadline.into()).await?;
        }
        let is_mirrored = self.decides_on_pools && self.remote.mirror.lock().is_some();
        Ok(RemoteTransaction::begin(&self.remote, &self.writer, is_mirrored, deadline.into()))
    }

    fn context(&self) -> &Context {
        &self.remote.context
    }

    fn commits_slowly(&self) -> bool {
        true
    }

    /// Retries have no count limit: `begin` fails once the deadline has passed.
    async fn wait_after_conflict(&self, conflicts: usize) -> Result<()> {
        let longest = (WAIT_FIRST_MS << conflicts.min(10)).min(WAIT_LAST_MS);
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=longest))).await;
        Ok(())
    }
}
