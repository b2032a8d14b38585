//! The codes of the engine's errors. They are distinguished by type where the engine keeps one, and else by the text of
//! RocksDB's status.

use rivers_storage::{Code, Error};
use surrealdb_datastore::{DatastoreError, storage_error};
use surrealdb_kvs::Error as KvsError;

pub fn failure(what: &str, error: impl Into<anyhow::Error>) -> Error {
    let error = error.into();
    let words = match storage_error(&error) {
        Some(KvsError::Transaction(status) | KvsError::Datastore(status)) => status.clone(),
        _ => format!("{error:#}"),
    };
    Error::new(code_of(&error), format!("{what}: {words}"))
}

pub fn code_of(error: &anyhow::Error) -> Code {
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

/// Whether another process (two messages, and that of Windows) or another copy of this library holds the lock.
fn is_lock(status: &str) -> bool {
    let held = ["Resource temporarily unavailable", "Permission denied", "used by another process"];
    let locking = status.contains("While lock file") || status.contains("Failed to create lock file");
    status.contains("lock hold by current process") || (locking && held.iter().any(|reason| status.contains(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: KvsError) -> Code {
        code_of(&anyhow::Error::new(error).context("opening"))
    }

    #[test]
    fn a_held_lock_and_a_lock_that_cannot_be_made_have_different_codes() {
        let lock = |text: &str| code(KvsError::Transaction(format!("IO error: {text}")));
        assert_eq!(lock("While lock file: /d/LOCK: Resource temporarily unavailable"), Code::Locked);
        assert_eq!(lock("lock hold by current process, acquire time 1: /d/LOCK: No locks available"), Code::Locked);
        assert_eq!(lock("While open a file for lock: /d/LOCK: Permission denied"), Code::Io);
        assert_eq!(lock("While lock file: /d/LOCK: No locks available"), Code::Io);
    }

    #[test]
    fn the_start_of_a_status_decides_its_code() {
        let status = |text: &str| code(KvsError::Transaction(text.to_owned()));
        assert_eq!(status("IO error: No space left on device: /d/000012.log"), Code::Io);
        assert_eq!(status("Corruption: CURRENT file does not end with newline"), Code::Corrupt);
        assert_eq!(status("Invalid argument: something"), Code::Internal);
        assert_eq!(code(KvsError::Shutdown), Code::Closed);
        assert_eq!(code(KvsError::TransactionFinished), Code::Internal);
    }

    #[test]
    fn another_version_is_err_schema() {
        let newer = DatastoreError::OutdatedStorageVersion { expected: 3, actual: 4 };
        assert_eq!(code_of(&newer.into()), Code::Schema);
        assert_eq!(code_of(&DatastoreError::InvalidStorageVersion.into()), Code::Corrupt);
    }

    #[test]
    fn a_value_that_cannot_be_decoded_is_corrupt() {
        let error = crate::codec::row::decode(&[0xFF, 1, 2]).unwrap_err();
        assert_eq!(code_of(&error), Code::Corrupt);
    }
}
