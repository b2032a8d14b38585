//! What all transactions of this process share.

use std::sync::Arc;

use parking_lot::Mutex;
use rivers_storage::Result;
use rivers_storage::records::Context;

use super::election::Election;
use super::mirror::Mirror;
use super::peers::Peers;
use super::reads::RemoteReads;
use super::server_clock::ServerClock;
use super::session::Session;

/// What all transactions of this process share.
pub struct Remote {
    pub session: Arc<Session>,
    pub clock: ServerClock,
    pub context: Arc<Context>,
    pub election: Election,
    /// Kept while this process is elected. Its rows change only while no transaction on pools runs.
    pub mirror: Mutex<Option<Mirror>>,
    pub peers: Peers,
}

impl Remote {
    pub fn new(session: Arc<Session>, context: Arc<Context>) -> Arc<Self> {
        let election = Election::new(Arc::clone(&session), Arc::clone(&context));
        let clock = ServerClock::new(Arc::clone(&session), Arc::clone(&context));
        Arc::new(Self { session, clock, context, election, mirror: Mutex::default(), peers: Peers::default() })
    }

    /// Brings the rows of pools in memory up to date, if this process needs them.
    pub async fn refresh_mirror(&self, deadline: tokio::time::Instant) -> Result<()> {
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
