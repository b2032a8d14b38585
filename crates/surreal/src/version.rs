//! The engine's own mark in a store: the versions of the engine that may read it. It is written and checked as the engine
//! does when it serves SurrealQL, so that each opens the stores of the other.

use anyhow::bail;
use surrealdb_datastore::key::schema::{MigrationKey, MigrationPrefix, StorageVersionKey, VersionKey};
use surrealdb_datastore::version::{MajorVersion, StorageVersion};
use surrealdb_datastore::{DatastoreError, Transaction as DefinitionTransaction};
use surrealdb_kvs::TransactionType;
use surrealdb_kvs::key::{KVKey, KVKeyDecode, RawRange};

use crate::datastore::Datastore;

/// The last migration that this version of the engine knows.
const LAST_MIGRATION: u32 = 3;

/// Whether the engine made the store. Fails for a store of another version of the engine.
pub async fn is_of_engine(datastore: &Datastore) -> anyhow::Result<bool> {
    let tx = datastore.begin_defining(TransactionType::Read).await?;
    let found = is_of_engine_in(&tx).await;
    drop(tx.cancel().await);
    found
}

async fn is_of_engine_in(tx: &DefinitionTransaction) -> anyhow::Result<bool> {
    if is_marked_in(tx).await? {
        return Ok(true);
    }
    // The engine's first version left no mark.
    let is_of_first_version = first_after_mark(tx).await?.is_some_and(|key| key.starts_with(b"/"));
    if is_of_first_version {
        require_latest(MajorVersion::v1())?;
    }
    Ok(is_of_first_version)
}

/// Writes the mark, before anything else is written.
pub async fn ensure_marked(datastore: &Datastore) -> anyhow::Result<()> {
    let tx = datastore.begin_defining(TransactionType::Write).await?;
    match ensure_marked_in(&tx).await {
        Ok(MarkState::Present) => tx.cancel().await,
        Ok(MarkState::Written) => tx.commit().await,
        Err(error) => {
            // Report the first error.
            drop(tx.cancel().await);
            Err(error)
        }
    }
}

enum MarkState {
    Present,
    Written,
}

async fn ensure_marked_in(tx: &DefinitionTransaction) -> anyhow::Result<MarkState> {
    if is_marked_in(tx).await? {
        return Ok(MarkState::Present);
    }
    if first_after_mark(tx).await?.is_some() {
        require_latest(MajorVersion::v1())?;
    }
    tx.set_key(&VersionKey {}, &MajorVersion::latest()).await?;
    tx.set_key(&StorageVersionKey {}, &StorageVersion::current()).await?;
    Ok(MarkState::Written)
}

async fn first_after_mark(tx: &DefinitionTransaction) -> anyhow::Result<Option<Vec<u8>>> {
    let others = RawRange::every_key_after(&VersionKey {}.encode_key()?);
    Ok(tx.keys_raw(others, 1, 0, None).await?.into_iter().next())
}

async fn is_marked_in(tx: &DefinitionTransaction) -> anyhow::Result<bool> {
    let Some(version) = tx.get_key(&VersionKey {}, None).await? else { return Ok(false) };
    require_latest(version)?;
    refuse_later_migrations(tx).await?;
    Ok(true)
}

fn require_latest(version: MajorVersion) -> anyhow::Result<()> {
    if version.is_latest() {
        return Ok(());
    }
    bail!(DatastoreError::OutdatedStorageVersion { expected: MajorVersion::LATEST, actual: version.into() })
}

/// Fails if a later version of the engine has migrated the store.
async fn refuse_later_migrations(tx: &DefinitionTransaction) -> anyhow::Result<()> {
    let mut later = Vec::new();
    for (key, _) in tx.getr_raw(MigrationPrefix {}.range()?, None).await? {
        let MigrationKey { id, .. } = MigrationKey::decode_key(&key)?;
        if id > LAST_MIGRATION {
            later.push(format!("id {id}"));
        }
    }
    if later.is_empty() {
        return Ok(());
    }
    let stored = tx.get_key(&StorageVersionKey {}, None).await?;
    bail!(DatastoreError::MigratedBeyondStorageVersion {
        stored: stored.map_or_else(|| "unknown".to_owned(), |stored| stored.to_string()),
        running: StorageVersion::current().to_string(),
        migrations: later.join(", "),
    })
}
