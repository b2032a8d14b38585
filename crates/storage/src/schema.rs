//! The schema stamp: which version wrote the store, and which versions may read and write it. It is stored with the
//! first commit.
//!
//! A store of an older version must be migrated before it is opened. A migration is a call of its own, because older
//! versions cannot use the store after it.

use crate::description::{TableDescription, int, micros, range, text};
use crate::error::{Code, Error, Result};
use crate::operation::transact;
use crate::records::{Key, Records, Row, Table, Tx};
use crate::{ids, key};

/// The schema version that this version writes.
pub const VERSION: i64 = 1;
/// The oldest schema versions that may read and write what this version has written.
const MIN_READER: i64 = 1;
const MIN_WRITER: i64 = 1;

/// Each opening has a block of order numbers of its own, so no number is given out twice, and no number has to be
/// stored.
const ORDERS_PER_OPENING: i64 = 1 << 40;

/// Each opening of a shared store has a series of tokens of its own, of so many. The first token of an opening grows with the
/// time, so that a later opening with the same series does not give out the same. Tokens stay below 2^53 for 17 years at a
/// thousand grants a second.
const TOKEN_SERIES: i64 = 1 << 14;
/// In seconds since the Unix epoch: the beginning of 2025.
const TOKENS_BEGIN: i64 = 1_735_689_600;

pub(crate) const TABLE: TableDescription = TableDescription::new(Table::Meta, "The schema stamp: the only row.")
    .id(&[text("what", "Always 'schema'.")])
    .fields(&[
        int("version", "The schema version of the store."),
        int("min_reader", "The oldest schema version whose programs may read the store."),
        int("min_writer", "The oldest schema version whose programs may write the store."),
        text("store_id", "Begins every id that this store generates."),
        int("openings", "How often the store was opened. Each opening has order numbers of its own."),
        micros("seen_micros", "The time when the store was opened or closed last. The store's time never goes back."),
        int(
            "last_token",
            "The greatest fencing token at the last close, or of a pool deleted since. Later grants get greater ones.",
        ),
    ])
    .ranges(&[range("The stamp.", "meta:['schema']")]);

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
        Self {
            version: VERSION,
            min_reader: MIN_READER,
            min_writer: MIN_WRITER,
            store_id,
            openings: 0,
            seen_micros: 0,
            last_token: 0,
        }
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
        if self.version < VERSION {
            return Err(self.refused("needs migrateEmbedded() or migrateRemote() before it can use"));
        }
        if self.min_writer <= VERSION && self.min_reader <= VERSION {
            return Ok(());
        }
        Err(self.refused("is too old to write"))
    }

    fn refused(&self, why: &str) -> Error {
        let ours = format!("this version of rivers-storage (schema version {VERSION})");
        Error::new(Code::Schema, format!("the store has schema version {}, which {ours} {why}", self.version))
    }
}

/// The schema versions before and after a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The version before it; 0 if there was no store.
    pub from: i64,
    /// The version after it.
    pub to: i64,
}

/// Brings the store to [`VERSION`], and stamps an empty one. Fails with `Code::Schema` if the store is newer.
pub async fn migrate(records: &dyn Records) -> Result<Migration> {
    transact(records, (), |tx, ()| {
        Box::pin(async move {
            let Some(row) = tx.get(&stamp_key()).await? else {
                tx.set(stamp_key(), Stamp::new().into_row());
                return Ok(Migration { from: 0, to: VERSION });
            };
            let stamp = Stamp::from_row(row)?;
            let from = stamp.version;
            if from > VERSION {
                return Err(stamp.refused("is too old to migrate"));
            }
            if from < VERSION {
                // Migrate rows of older versions here, before the stamp and in the same transaction.
                let (min_reader, min_writer) = (MIN_READER, MIN_WRITER);
                tx.set(stamp_key(), Stamp { version: VERSION, min_reader, min_writer, ..stamp }.into_row());
            }
            Ok(Migration { from, to: VERSION })
        })
    })
    .await
}

/// Stores the token in the stamp, so that later openings give out greater ones, also when the pool that had it is
/// deleted.
pub(crate) async fn leave_token(tx: &mut Tx<'_>, token: i64) -> Result<()> {
    let Some(row) = tx.get(&stamp_key()).await? else { return Ok(()) };
    let mut stamp = Stamp::from_row(row)?;
    if stamp.last_token < token {
        stamp.last_token = token;
        tx.set(stamp_key(), stamp.into_row());
    }
    Ok(())
}

/// Stamps a new store, or checks the stamp of an existing one, and restores time, order numbers and tokens. Fails with
/// `Code::Schema` if the store has another version.
pub(crate) async fn open(records: &dyn Records) -> Result<()> {
    let stamp = enter(records).await?;
    let context = records.context();
    context.clock.not_before(stamp.seen_micros);
    context.resume(stamp.store_id, stamp.openings * ORDERS_PER_OPENING, stamp.last_token);
    Ok(())
}

/// Like [`open`], for a store that several processes have open: the tokens of each are different from those of all others,
/// and the time is the server's.
pub(crate) async fn open_shared(records: &dyn Records) -> Result<()> {
    let stamp = enter(records).await?;
    let context = records.context();
    let seconds = records.now().div_euclid(1000) - TOKENS_BEGIN;
    context.share_tokens(TOKEN_SERIES, stamp.openings.rem_euclid(TOKEN_SERIES));
    let last_token = stamp.last_token.max(seconds.max(0) * TOKEN_SERIES);
    context.resume(stamp.store_id, stamp.openings * ORDERS_PER_OPENING, last_token);
    Ok(())
}

async fn enter(records: &dyn Records) -> Result<Stamp> {
    transact(records, (), |tx, ()| {
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
    .await
}

/// Stores the present time and token in the stamp. The next opening continues after them.
pub(crate) async fn leave_time(tx: &mut Tx<'_>) -> Result<()> {
    if let Some(row) = tx.get(&stamp_key()).await? {
        let mut stamp = Stamp::from_row(row)?;
        stamp.seen_micros = stamp.seen_micros.max(tx.now_micros());
        stamp.last_token = stamp.last_token.max(tx.last_token());
        tx.set(stamp_key(), stamp.into_row());
    }
    Ok(())
}
