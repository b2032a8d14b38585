//! What the engine's failures mean. The one place that tells them apart: by type where the engine
//! keeps one, by `RocksDB`'s own words where its status is all that is left.

use rivers_storage::{Code, Error};
use surrealdb_datastore::{DatastoreError, storage_error};
use surrealdb_kvs::Error as KvsError;

pub fn failure(what: &str, error: impl Into<anyhow::Error>) -> Error {
    let error = error.into();
    let words = match storage_error(&error) {
        Some(KvsError::Transaction(status) | KvsError::Datastore(status)) => status.clone(),
        _ => format!("{error:#}"),
    };
    Error::new(meaning(&error), format!("{what}: {words}"))
}

pub fn meaning(error: &anyhow::Error) -> Code {
    if let Some(error) = error.downcast_ref::<Error>() {
        return error.code();
    }
    if let Some(error) = error.chain().find_map(|cause| cause.downcast_ref::<DatastoreError>()) {
        return of_version(error);
    }
    if let Some(error) = storage_error(error) {
        return of_storage(error);
    }
    if error.chain().any(<dyn std::error::Error>::is::<revision::Error>) { Code::Corrupt } else { Code::Internal }
}

const fn of_version(error: &DatastoreError) -> Code {
    match error {
        DatastoreError::OutdatedStorageVersion { .. } | DatastoreError::MigratedBeyondStorageVersion { .. } => {
            Code::Schema
        }
        DatastoreError::InvalidStorageVersion => Code::Corrupt,
        _ => Code::Internal,
    }
}

fn of_storage(error: &KvsError) -> Code {
    match error {
        KvsError::Transaction(status) | KvsError::Datastore(status) => of_status(status),
        KvsError::ReadAndDeleteOnly => Code::Io,
        KvsError::Shutdown => Code::Closed,
        _ => Code::Internal,
    }
}

fn of_status(status: &str) -> Code {
    if is_lock(status) {
        Code::Locked
    } else if status.starts_with("IO error") {
        Code::Io
    } else if status.starts_with("Corruption") {
        Code::Corrupt
    } else {
        Code::Internal
    }
}

/// Held by another process (two ways, and Windows'), or by another copy of this library in this one.
fn is_lock(status: &str) -> bool {
    let held = ["Resource temporarily unavailable", "Permission denied", "used by another process"];
    let locking = status.contains("While lock file") || status.contains("Failed to create lock file");
    status.contains("lock hold by current process") || (locking && held.iter().any(|reason| status.contains(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: KvsError) -> Code {
        meaning(&anyhow::Error::new(error).context("opening"))
    }

    #[test]
    fn a_held_lock_is_told_from_a_lock_that_cannot_be_made() {
        let lock = |text: &str| code(KvsError::Transaction(format!("IO error: {text}")));
        assert_eq!(lock("While lock file: /d/LOCK: Resource temporarily unavailable"), Code::Locked);
        assert_eq!(lock("lock hold by current process, acquire time 1: /d/LOCK: No locks available"), Code::Locked);
        assert_eq!(lock("While open a file for lock: /d/LOCK: Permission denied"), Code::Io);
        assert_eq!(lock("While lock file: /d/LOCK: No locks available"), Code::Io);
    }

    #[test]
    fn a_status_says_whose_fault_it_is() {
        let status = |text: &str| code(KvsError::Transaction(text.to_owned()));
        assert_eq!(status("IO error: No space left on device: /d/000012.log"), Code::Io);
        assert_eq!(status("Corruption: CURRENT file does not end with newline"), Code::Corrupt);
        assert_eq!(status("Invalid argument: something"), Code::Internal);
        assert_eq!(code(KvsError::Shutdown), Code::Closed);
        assert_eq!(code(KvsError::TransactionFinished), Code::Internal);
    }

    #[test]
    fn a_version_that_is_not_ours_is_the_schema() {
        let newer = DatastoreError::OutdatedStorageVersion { expected: 3, actual: 4 };
        assert_eq!(meaning(&newer.into()), Code::Schema);
        assert_eq!(meaning(&DatastoreError::InvalidStorageVersion.into()), Code::Corrupt);
    }

    #[test]
    fn what_cannot_be_decoded_is_corrupt() {
        let error = crate::codec::row::decode(&[0xFF, 1, 2]).unwrap_err();
        assert_eq!(meaning(&error), Code::Corrupt);
    }
}
