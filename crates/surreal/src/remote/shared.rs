//! What all transactions of this process share, and how its group commit begins them.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::Context;

use super::commit::Writer;
use super::election::Election;
use super::mirror::Mirror;
use super::peers::Peers;
use super::reads::RemoteReads;
use super::session::Session;
use super::socket::Failure;
use super::transaction::RemoteTransaction;
use crate::group_commit::Committer;

/// The first wait after a conflict, doubled each time up to the last. A random part of it is waited.
const WAIT_FIRST_MS: u64 = 2;
const WAIT_LAST_MS: u64 = 64;

/// What all transactions of this process share.
pub struct Remote {
    pub session: Arc<Session>,
    pub writer: Writer,
    pub context: Arc<Context>,
    pub election: Election,
    /// Kept while this process is elected. Changed only while no transaction runs.
    pub mirror: Mutex<Option<Mirror>>,
    pub peers: Peers,
    this: Weak<Self>,
}

impl Remote {
    pub fn new(session: Arc<Session>, writer: Writer, context: Arc<Context>) -> Arc<Self> {
        let election = Election::new(Arc::clone(&session), Arc::clone(&context));
        Arc::new_cyclic(|this| Self {
            session,
            writer,
            context,
            election,
            mirror: Mutex::default(),
            peers: Peers::default(),
            this: Weak::clone(this),
        })
    }

    /// Brings the rows of pools in memory up to date, if this process needs them.
    async fn refresh_mirror(&self, deadline: tokio::time::Instant) -> Result<()> {
        if !self.context.is_elected() {
            *self.mirror.lock() = None;
            self.peers.forget_all();
            return Ok(());
        }
        let is_new = self.election.take_new();
        let seen = self.mirror.lock().as_ref().map(|mirror| (mirror.guard, mirror.is_doubtful));
        let reads = RemoteReads::until(&self.session, deadline);
        if let Some((guard, is_doubtful)) = seen.filter(|_| !is_new) {
            if !is_doubtful {
                return Ok(());
            }
            if reads.guard().await? == guard {
                if let Some(mirror) = self.mirror.lock().as_mut() {
                    mirror.is_doubtful = false;
                }
                return Ok(());
            }
        }
        let loaded = match Mirror::load(&reads).await {
            Ok(loaded) => loaded,
            Err(error) => {
                self.election.put_new(is_new);
                return Err(error);
            }
        };
        let mut changes = loaded.changes_since(self.mirror.lock().as_ref());
        if is_new {
            // It may have forgotten the waits of others since it was elected before.
            changes.extend(loaded.changes_since(None));
        }
        // Later grants have greater tokens, whichever process made the earlier ones.
        self.context.continue_tokens(loaded.last_token());
        *self.mirror.lock() = Some(loaded);
        self.context.commits.notify(&changes);
        Ok(())
    }

    pub fn doubt_mirror(&self) {
        if let Some(mirror) = self.mirror.lock().as_mut() {
            mirror.is_doubtful = true;
        }
    }
}

impl Committer for Remote {
    type Transaction = RemoteTransaction;

    async fn begin(&self, since: Instant) -> Result<RemoteTransaction> {
        let deadline = since + self.session.timeout();
        if deadline <= Instant::now() {
            return Err(self.session.failed(Failure::Late));
        }
        self.refresh_mirror(deadline.into()).await?;
        let this = self.this.upgrade().ok_or_else(rivers_storage::Error::closed)?;
        Ok(RemoteTransaction::begin(&this, deadline.into()))
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
