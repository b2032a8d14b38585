//! Opens an engine, and the store in it.

use std::sync::Arc;

use rivers_storage::clock::Clock;
use rivers_storage::records::Records;
use rivers_storage::schema::{self, Migration};
use rivers_storage::{Error, OpenStore, Result};

use crate::codec::key::Keys;
use crate::config::{Durability, EngineSettings};
use crate::datastore::Datastore;
use crate::engine::{Engine, shut_down};
use crate::errors::failure;
use crate::folder::{LockedFolder, Plan, ResolvedFolder};
use crate::kvs::KvStore;
use crate::local::LocalRecords;
use crate::{schema_guard, version};

/// Where the rows of a store are.
#[derive(Clone, Debug)]
pub enum Location {
    Memory,
    Directory(ResolvedFolder, EngineSettings),
}

impl Location {
    fn name(&self) -> String {
        match self {
            Self::Memory => "memory".to_owned(),
            Self::Directory(folder, _) => format!("'{}'", folder.path().display()),
        }
    }

    const fn is_durable(&self) -> bool {
        matches!(self, Self::Directory(_, EngineSettings { durability: Durability::Commit, .. }))
    }
}

/// An open store with the engine under it.
#[derive(Clone)]
pub struct StoreWithEngine {
    pub store: Arc<OpenStore>,
    pub engine: Arc<Engine>,
}

pub async fn open(location: Location, clock: Clock) -> Result<StoreWithEngine> {
    let (local, engine) = open_records(&location, clock).await?;
    match OpenStore::open(Arc::clone(&local)).await {
        Ok(store) => Ok(StoreWithEngine { store, engine }),
        Err(error) => {
            drop(local.close().await);
            Err(in_store(&location, &error))
        }
    }
}

/// Opens, migrates and closes a store that is not open in this process.
pub async fn migrate(location: Location) -> Result<Migration> {
    let (local, _) = open_records(&location, Clock::system()).await?;
    let migrated = schema::migrate(local.as_ref()).await.map_err(|error| in_store(&location, &error));
    let closed = local.close().await;
    migrated.and_then(|migration| closed.map(|()| migration))
}

async fn open_records(location: &Location, clock: Clock) -> Result<(Arc<dyn Records>, Arc<Engine>)> {
    let datastore = open_datastore(location).await?;
    match keys(&datastore).await {
        Ok(keys) => {
            let engine = Arc::new(Engine::new(datastore, keys, location.name(), location.is_durable(), clock));
            Ok((Arc::new(LocalRecords::new(Arc::clone(&engine))), engine))
        }
        Err(error) => {
            // Report the first error.
            drop(shut_down(datastore).await);
            Err(in_store(location, &error))
        }
    }
}

/// Adds the store's name, unless the error starts with it.
fn in_store(location: &Location, error: &Error) -> Error {
    let name = location.name();
    if error.message().starts_with(&name) {
        error.clone()
    } else {
        Error::new(error.code(), format!("{name}: {error}"))
    }
}

async fn keys(datastore: &Datastore) -> Result<Keys> {
    version::ensure_marked(datastore).await.map_err(|error| failure("cannot use the store", error))?;
    let database = schema_guard::prepare(datastore).await?;
    Keys::new(database.namespace_id, database.database_id)
}

pub async fn open_datastore(location: &Location) -> Result<Arc<Datastore>> {
    let kv_store = match location {
        Location::Memory => KvStore::memory(),
        Location::Directory(folder, settings) => {
            let opened = open_directory(folder, settings).await;
            opened.map_err(|error| failure(&format!("cannot open {}", location.name()), error))?
        }
    };
    Ok(Arc::new(Datastore::new(kv_store)))
}

async fn open_directory(folder: &ResolvedFolder, settings: &EngineSettings) -> anyhow::Result<KvStore> {
    let mut locked = LockedFolder::lock(folder)?;
    match locked.plan() {
        Plan::Open => check_store(&locked, settings).await?,
        Plan::CreateAgain if has_first_commit(&locked, settings).await => locked.keep_store(),
        Plan::Create | Plan::CreateAgain => {}
    }
    KvStore::directory(locked, settings)
}

/// Reads the store without changing it. Opening it to write would begin a manifest and a log, and delete the logs that
/// RocksDB has read and the files that it does not know.
async fn check_store(locked: &LockedFolder, settings: &EngineSettings) -> anyhow::Result<()> {
    let (kv_store, recovered) = KvStore::reading(locked, settings)?;
    locked.check_recovered(&recovered)?;
    let datastore = Datastore::new(kv_store);
    if !version::is_of_engine(&datastore).await? {
        locked.require_ours("it is not SurrealDB's")?;
    }
    Ok(schema_guard::check(&datastore).await?)
}

/// Another program may have used the folder since its creation was interrupted.
async fn has_first_commit(locked: &LockedFolder, settings: &EngineSettings) -> bool {
    let Ok((kv_store, _)) = KvStore::reading(locked, settings) else { return false };
    version::is_of_engine(&Datastore::new(kv_store)).await.unwrap_or(false)
}
