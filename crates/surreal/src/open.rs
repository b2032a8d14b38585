//! Opening an engine, and the store in it.

use std::sync::Arc;

use rivers_storage::clock::Clock;
use rivers_storage::records::Records;
use rivers_storage::schema::{self, Migration};
use rivers_storage::{Base, Error, Result};

use crate::codec::key::Keys;
use crate::config::{Durability, Settings};
use crate::datastore::Datastore;
use crate::engine::{Engine, shut_down};
use crate::errors::failure;
use crate::folder::{LockedFolder, ResolvedFolder};
use crate::local::Local;
use crate::{kvs, schema_guard, version};

/// Where a store is.
#[derive(Clone, Debug)]
pub enum Location {
    Memory,
    Directory(ResolvedFolder, Settings),
}

impl Location {
    fn name(&self) -> String {
        match self {
            Self::Memory => "memory".to_owned(),
            Self::Directory(folder, _) => format!("'{}'", folder.path().display()),
        }
    }

    const fn is_durable(&self) -> bool {
        matches!(self, Self::Directory(_, Settings { durability: Durability::Commit, .. }))
    }
}

pub async fn open(location: Location, clock: Clock) -> Result<Arc<Base>> {
    let local = open_records(&location, clock).await?;
    match Base::open(Arc::clone(&local)).await {
        Ok(base) => Ok(base),
        Err(error) => {
            drop(local.close().await);
            Err(in_store(&location, &error))
        }
    }
}

/// Opens, migrates and closes a store that is not open in this process.
pub async fn migrate(location: Location) -> Result<Migration> {
    let local = open_records(&location, Clock::system()).await?;
    let migrated = schema::migrate(local.as_ref()).await.map_err(|error| in_store(&location, &error));
    let closed = local.close().await;
    migrated.and_then(|migration| closed.map(|()| migration))
}

async fn open_records(location: &Location, clock: Clock) -> Result<Arc<dyn Records>> {
    let datastore = open_datastore(location)?;
    match keys(&datastore).await {
        Ok(keys) => {
            let engine = Engine::new(datastore, keys, location.name(), location.is_durable(), clock);
            Ok(Arc::new(Local::new(engine)))
        }
        Err(error) => {
            // Report the first error.
            drop(shut_down(datastore).await);
            Err(in_store(location, &error))
        }
    }
}

fn in_store(location: &Location, error: &Error) -> Error {
    Error::new(error.code(), format!("{}: {error}", location.name()))
}

async fn keys(datastore: &Datastore) -> Result<Keys> {
    version::settle(datastore).await.map_err(|error| failure("cannot use the store", error))?;
    let database = schema_guard::prepare(datastore).await?;
    Keys::new(database.namespace_id, database.database_id)
}

pub fn open_datastore(location: &Location) -> Result<Arc<Datastore>> {
    let engine = match location {
        Location::Memory => kvs::Datastore::memory(),
        Location::Directory(folder, settings) => {
            let locked = LockedFolder::lock(folder).map_err(|error| cannot_open(location, error))?;
            kvs::Datastore::directory(locked, settings).map_err(|error| cannot_open(location, error))?
        }
    };
    Ok(Arc::new(Datastore::new(Box::new(engine))))
}

fn cannot_open(location: &Location, error: impl Into<anyhow::Error>) -> Error {
    failure(&format!("cannot open {}", location.name()), error)
}
