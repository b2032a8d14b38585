//! An open engine: who uses it, and how it ends.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

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

/// What every transaction holds. When the last one lets go, the engine can be shut down.
pub struct OpenEngine {
    datastore: Arc<Datastore>,
    keys: Keys,
    name: String,
    durable: bool,
    given_up: OnceLock<Error>,
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

    /// From now on every call fails: until the store is opened again, which reads what is there.
    pub fn give_up(&self, reason: &Error) {
        let message = format!("{reason}; what of it is stored shows when the store is opened again");
        self.given_up.get_or_init(|| Error::new(Code::Io, message));
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
        let opened = OpenEngine { datastore, keys, name, durable, given_up: OnceLock::new(), _in_use: in_use };
        Self {
            context: Context::new(clock),
            durable,
            opened: RwLock::new(Some(Arc::new(opened))),
            unused: Mutex::new(Some(unused)),
        }
    }

    pub async fn transaction(&self, kind: TransactionType) -> Result<RowTransaction> {
        let opened = self.opened.read().clone();
        let opened = opened.ok_or_else(Error::closed)?;
        match opened.given_up.get() {
            Some(error) => Err(error.clone()),
            None => RowTransaction::begin(opened, kind).await,
        }
    }

    /// Admits nobody any more, waits for those who are in, and shuts the engine down.
    pub async fn close(&self) -> Result<()> {
        let opened = self.opened.write().take();
        let unused = self.unused.lock().take();
        let (Some(opened), Some(unused)) = (opened, unused) else { return Ok(()) };
        let datastore = Arc::clone(&opened.datastore);
        drop(opened);
        // It never sends: it is dropped by the last who holds it.
        drop(unused.await);
        shut_down(datastore).await
    }
}

impl Committer for Engine {
    type Transaction = RowTransaction;

    async fn begin(&self) -> Result<RowTransaction> {
        self.transaction(TransactionType::Write).await
    }

    fn context(&self) -> &Context {
        &self.context
    }

    fn commits_slowly(&self) -> bool {
        self.durable
    }
}

/// When this returns, nothing of the engine is left. It must not be dropped in any other way: its
/// threads would keep the directory locked for as long as the process lives. Both parts block their
/// thread, so they have one of their own.
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
