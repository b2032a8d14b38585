//! Opening an engine, and the store in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rivers_storage::clock::Clock;
use rivers_storage::records::Records;
use rivers_storage::schema::{self, Migration};
use rivers_storage::{Base, Code, Error, Result};
use surrealdb_kvs::TransactionBuilder;

use crate::codec::key::Keys;
use crate::config::{Durability, Settings};
use crate::datastore::Datastore;
use crate::engine::{Engine, shut_down};
use crate::errors::{failure, meaning};
use crate::local::Local;
use crate::{kvs, pid, schema_guard, version};

/// Where the records are.
#[derive(Clone, Debug)]
pub enum Location {
    Memory,
    Directory(PathBuf, Settings),
}

impl Location {
    fn name(&self) -> String {
        match self {
            Self::Memory => "memory".to_owned(),
            Self::Directory(path, _) => format!("'{}'", path.display()),
        }
    }

    const fn is_durable(&self) -> bool {
        matches!(self, Self::Directory(_, Settings { durability: Durability::Commit, .. }))
    }
}

/// Makes the tree, and finds the one name of the directory.
pub fn make_directory(path: &Path) -> Result<PathBuf> {
    let made = std::fs::create_dir_all(path).and_then(|()| path.canonicalize());
    made.map_err(|error| Error::new(Code::Io, format!("cannot make the directory '{}': {error}", path.display())))
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

/// Of a store that nobody has open: it is closed again.
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
            // The first failure is the one to tell.
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

fn open_datastore(location: &Location) -> Result<Arc<Datastore>> {
    let engine = open_engine(location).map_err(|error| match (meaning(&error), location) {
        (Code::Locked, Location::Directory(path, _)) => {
            let holder = pid::read(path).map_or_else(String::new, |pid| format!(" (pid {pid})"));
            Error::new(Code::Locked, format!("{} is open in another process{holder}", location.name()))
        }
        _ => failure(&format!("cannot open {}", location.name()), error),
    })?;
    Ok(Arc::new(Datastore::new(engine)))
}

pub fn open_engine(location: &Location) -> anyhow::Result<Box<dyn TransactionBuilder>> {
    Ok(match location {
        Location::Memory => Box::new(kvs::Datastore::memory()),
        Location::Directory(path, settings) => Box::new(kvs::Datastore::directory(path, settings)?),
    })
}
