//! An open engine: its transactions, and its shutdown after the last of them.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parking_lot::{Mutex, RwLock};
use rivers_storage::clock::Clock;
use rivers_storage::records::Context;
use rivers_storage::{Code, Error, Result};
use surrealdb_kvs::TransactionType;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::codec::key::Keys;
use crate::datastore::Datastore;
use crate::errors::failure;
use crate::group_commit::Committer;
use crate::row_transaction::RowTransaction;

/// With one writer even the first conflict is unexpected.
const ATTEMPTS: usize = 8;

/// Shared by all transactions. The engine can be shut down when the last of them drops it.
pub struct OpenEngine {
    datastore: Arc<Datastore>,
    keys: Keys,
    name: String,
    durable: bool,
    failure: OnceLock<Error>,
    /// Its drop tells [`Engine::close`] that no transaction is left.
    _in_use: oneshot::Sender<Infallible>,
}

impl OpenEngine {
    pub fn datastore(&self) -> &Datastore {
        &self.datastore
    }

    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub const fn is_durable(&self) -> bool {
        self.durable
    }

    /// Makes every later call fail, until the store is opened again and reads what is stored.
    pub fn fail(&self, reason: &Error) {
        let message = format!("{reason}; what of it is stored shows when the store is opened again");
        self.failure.get_or_init(|| Error::new(Code::Io, message));
    }
}

pub struct Engine {
    context: Context,
    durable: bool,
    opened: RwLock<Option<Arc<OpenEngine>>>,
    unused: Mutex<Option<oneshot::Receiver<Infallible>>>,
}

impl Engine {
    pub fn new(datastore: Arc<Datastore>, keys: Keys, name: String, durable: bool, clock: Clock) -> Self {
        let (in_use, unused) = oneshot::channel();
        let opened = OpenEngine { datastore, keys, name, durable, failure: OnceLock::new(), _in_use: in_use };
        Self {
            context: Context::new(clock),
            durable,
            opened: RwLock::new(Some(Arc::new(opened))),
            unused: Mutex::new(Some(unused)),
        }
    }

    pub async fn transaction(&self, kind: TransactionType) -> Result<RowTransaction> {
        RowTransaction::begin(self.opened()?, kind).await
    }

    /// Fails if the engine is closed or has failed.
    pub fn opened(&self) -> Result<Arc<OpenEngine>> {
        let opened = self.opened.read().clone();
        let opened = opened.ok_or_else(Error::closed)?;
        opened.failure.get().map_or(Ok(()), |error| Err(error.clone()))?;
        Ok(opened)
    }

    /// Refuses new transactions, waits for those that run, and shuts the engine down.
    pub async fn close(&self) -> Result<()> {
        let opened = self.opened.write().take();
        let unused = self.unused.lock().take();
        let (Some(opened), Some(unused)) = (opened, unused) else { return Ok(()) };
        let datastore = Arc::clone(&opened.datastore);
        drop(opened);
        // Resolves when the sender is dropped, because it can send nothing.
        drop(unused.await);
        shut_down(datastore).await
    }
}

impl Committer for Engine {
    type Transaction = RowTransaction;

    async fn begin(&self, _: Instant) -> Result<RowTransaction> {
        self.transaction(TransactionType::Write).await
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn commits_slowly(&self) -> bool {
        self.durable
    }

    async fn wait_after_conflict(&self, conflicts: usize) -> Result<()> {
        let message = || format!("a commit met a conflict {ATTEMPTS} times, though there is one writer");
        if conflicts < ATTEMPTS { Ok(()) } else { Err(Error::internal(message())) }
    }
}

/// Shuts the engine down, and drops it. An engine that is dropped without a shutdown leaves threads that keep the
/// directory locked until the process ends. Both steps block, so they get a thread of their own.
pub async fn shut_down(datastore: Arc<Datastore>) -> Result<()> {
    let runtime = Handle::current();
    let ended = runtime.clone().spawn_blocking(move || {
        let ended = runtime.block_on(datastore.shutdown());
        let left = Arc::into_inner(datastore).is_none();
        ended.map_err(|error| failure("cannot shut the engine down", error))?;
        if left { Err(Error::internal("the engine is still in use after its shutdown")) } else { Ok(()) }
    });
    ended.await.unwrap_or_else(|error| Err(Error::internal(format!("cannot shut the engine down: {error}"))))
}
