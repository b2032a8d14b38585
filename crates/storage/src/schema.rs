//! The schema stamp: which version wrote the store, and which versions may read and write it. It is
//! in the store from its first commit on.

use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::records::{Key, Records, Row, Table};
use crate::store::transact;
use crate::{ids, key};

pub const VERSION: i64 = 1;

/// Each opening of the store has its own block of order numbers, so that none is given twice and
/// none has to be written down.
const ORDERS_PER_OPENING: i64 = 1 << 40;

#[derive(Clone)]
struct Stamp {
    version: i64,
    min_reader: i64,
    min_writer: i64,
    store_id: String,
    openings: i64,
    seen_micros: i64,
    last_token: i64,
}

fn stamp_key() -> Key {
    key!(Table::Meta, "schema")
}

impl Stamp {
    fn new() -> Self {
        let store_id = ids::new_store_id();
        Self { version: VERSION, min_reader: 1, min_writer: 1, store_id, openings: 0, seen_micros: 0, last_token: 0 }
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            version: row.take("version")?,
            min_reader: row.take("min_reader")?,
            min_writer: row.take("min_writer")?,
            store_id: row.take("store_id")?,
            openings: row.take("openings")?,
            seen_micros: row.take("seen_micros")?,
            last_token: row.take("last_token")?,
        })
    }

    fn into_row(self) -> Row {
        Row::new()
            .with("version", self.version)
            .with("min_reader", self.min_reader)
            .with("min_writer", self.min_writer)
            .with("store_id", self.store_id)
            .with("openings", self.openings)
            .with("seen_micros", self.seen_micros)
            .with("last_token", self.last_token)
    }

    fn check(&self) -> Result<()> {
        if self.min_writer <= VERSION && self.min_reader <= VERSION {
            return Ok(());
        }
        let message = format!(
            "the store has schema version {}, which this version of rivers-storage (schema version {VERSION}) is too old to write",
            self.version
        );
        Err(Error::new(Code::Schema, message))
    }
}

pub(crate) async fn open(records: &Arc<dyn Records>) -> Result<()> {
    let stamp = transact(records.as_ref(), (), |tx, ()| {
        Box::pin(async move {
            let mut stamp = match tx.get(&stamp_key()).await? {
                Some(row) => Stamp::from_row(row)?,
                None => Stamp::new(),
            };
            stamp.check()?;
            stamp.openings += 1;
            stamp.seen_micros = stamp.seen_micros.max(tx.now_micros());
            tx.set(stamp_key(), stamp.clone().into_row());
            Ok(stamp)
        })
    })
    .await?;
    let context = records.context();
    context.clock.not_before(stamp.seen_micros);
    context.resume(stamp.store_id, stamp.openings * ORDERS_PER_OPENING, stamp.last_token);
    Ok(())
}

pub(crate) async fn close(records: &Arc<dyn Records>) -> Result<()> {
    transact(records.as_ref(), (), |tx, ()| {
        Box::pin(async move {
            if let Some(row) = tx.get(&stamp_key()).await? {
                let mut stamp = Stamp::from_row(row)?;
                stamp.seen_micros = stamp.seen_micros.max(tx.now_micros());
                stamp.last_token = stamp.last_token.max(tx.last_token());
                tx.set(stamp_key(), stamp.into_row());
            }
            Ok(())
        })
    })
    .await
}
