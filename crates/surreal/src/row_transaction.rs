//! A transaction on rows: it encodes them to the engine's keys and values. It keeps the engine open.

use std::ops::ControlFlow;
use std::sync::Arc;

use rivers_storage::records::{BoxFuture, Direction, Key, Range, Reads, Row, Write};
use rivers_storage::{Code, Error, Result};
use surrealdb_kvs::api::Transactable;
use surrealdb_kvs::key::AnyRange;
use surrealdb_kvs::{Direction as EngineDirection, Error as KvsError, Key as KeyBytes, TransactionType};

use crate::codec::row;
use crate::codec::wire::Writer;
use crate::engine::OpenEngine;
use crate::errors::{code_of, failure};
use crate::group_commit::{NotCommitted, WriteTransaction};

pub struct RowTransaction {
    // Fields are dropped in this order, and the transaction must end before the engine.
    inner: Box<dyn Transactable>,
    opened: Arc<OpenEngine>,
}

impl RowTransaction {
    pub async fn begin(opened: Arc<OpenEngine>, kind: TransactionType) -> Result<Self> {
        let begun = opened.datastore().begin(kind).await;
        let inner = begun.map_err(|error| failure("cannot begin a transaction", error))?;
        Ok(Self { inner, opened })
    }

    fn row(&self, key: &[u8], value: &[u8]) -> Result<Row> {
        row::decode(value).map_err(|error| {
            let record = key.escape_ascii();
            Error::corrupt(format!("{}: the record {record} cannot be read: {error:#}", self.opened.name()))
        })
    }

    fn failed(&self, what: &str, error: impl Into<anyhow::Error>) -> Error {
        failure(&format!("{}: cannot {what}", self.opened.name()), error)
    }

    async fn find(&self, key: &Key) -> Result<Option<Row>> {
        let bytes = self.opened.keys().key(key);
        let found = self.inner.get(KeyBytes::from(bytes.as_slice()), None).await;
        let value = found.map_err(|error| self.failed(&format!("read {key}"), error))?;
        value.map(|value| self.row(&bytes, &value)).transpose()
    }

    async fn find_many(&self, keys: &[Key]) -> Result<Vec<Option<Row>>> {
        let bytes: Vec<_> = keys.iter().map(|key| KeyBytes::from(self.opened.keys().key(key))).collect();
        let found = self.inner.getm(&bytes, None).await;
        let values = match found {
            Ok(found) => found.values,
            Err(error) => return Err(self.first_failure(keys).await.unwrap_or_else(|| self.failed("read", error))),
        };
        let rows = bytes.iter().zip(values).map(|(key, value)| value.map(|value| self.row(key, &value)).transpose());
        rows.collect()
    }

    /// The engine does not say which of many keys it could not read.
    async fn first_failure(&self, keys: &[Key]) -> Option<Error> {
        for key in keys {
            if let Err(error) = self.find(key).await {
                return Some(error);
            }
        }
        None
    }

    /// The cursor is dropped before this returns, because a commit would wait for it forever.
    async fn list(&self, range: &Range, direction: Direction, limit: usize) -> Result<Vec<Row>> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let direction = match direction {
            Direction::Forward => EngineDirection::Forward,
            Direction::Backward => EngineDirection::Backward,
        };
        let mut rows = Vec::new();
        let mut unreadable = None;
        let mut visit = |key: &[u8], value: &[u8]| {
            Ok(match self.row(key, value) {
                Ok(row) => {
                    rows.push(row);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    unreadable = Some(error);
                    ControlFlow::Break(())
                }
            })
        };
        let scanned = async {
            let range = self.opened.keys().range(range).into_key_range();
            let mut cursor = self.inner.open_vals_cursor(range, direction, 0, None).await?;
            cursor.for_each(limit, &mut visit).await
        };
        scanned.await.map_err(|error| {
            let start = Key { table: range.table, parts: range.start.parts.clone() };
            self.failed(&format!("list from {start}"), error)
        })?;
        unreadable.map_or(Ok(rows), Err)
    }

    /// After a failed commit of a durable store it is unknown what is on the disk.
    fn not_committed(&self, error: KvsError) -> NotCommitted {
        if error.is_retryable() {
            return NotCommitted::Conflict;
        }
        let error = error.into();
        let is_closed = code_of(&error) == Code::Closed;
        let failed = self.failed("commit", error);
        if self.opened.is_durable() && !is_closed {
            self.opened.fail(&failed);
        }
        NotCommitted::Failed(failed)
    }
}

impl Reads for RowTransaction {
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>>> {
        Box::pin(self.find(key))
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Row>>>> {
        Box::pin(self.find_many(keys))
    }

    fn scan<'a>(&'a self, range: &'a Range, direction: Direction, limit: usize) -> BoxFuture<'a, Result<Vec<Row>>> {
        Box::pin(self.list(range, direction, limit))
    }
}

impl WriteTransaction for RowTransaction {
    async fn write(&self, writes: &[Write]) -> Result<()> {
        let mut writer = Writer::default();
        for write in writes {
            let key = KeyBytes::from(self.opened.keys().key(write.key()));
            let written = match write {
                Write::Set(_, row) => {
                    let value = row::encode(row, &mut writer).map_err(|error| self.failed("write", error))?;
                    self.inner.set(key, value).await
                }
                Write::Delete(_) => self.inner.del(key).await,
            };
            written.map_err(|error| self.failed("write", error))?;
        }
        Ok(())
    }

    async fn commit(self) -> Result<(), NotCommitted> {
        self.inner.commit().await.map_err(|error| self.not_committed(error))
    }

    async fn end_without_writes(self) -> Result<(), NotCommitted> {
        Ok(())
    }

    /// There is no other writer.
    fn rely_on(&self, _: &Key, _: Option<&Row>) {}
}

#[cfg(test)]
mod tests;
