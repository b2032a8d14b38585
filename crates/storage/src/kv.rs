//! The key-value store: bytes under keys of the user's own. It is shared by all code locations.

use crate::description::{TableDescription, bytes, range, text};
use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

pub(crate) const TABLE: TableDescription =
    TableDescription::new(Table::Kv, "A value of the key-value store, which all code locations share.")
        .id(&[text("key", "The key.")])
        .fields(&[text("key", "The key."), bytes("value", "The value.")])
        .ranges(&[
            range("One value.", "kv:['settings/theme']"),
            range("Keys from one on and before another.", "kv:['settings/']..['settings0']"),
        ]);

fn kv_key(key: &str) -> Key {
    key!(Table::Kv, key)
}

/// Which keys [`Store::kv_keys`] lists.
#[derive(Clone, Debug, Default)]
pub struct KeyList {
    /// Lists only keys that begin with this text.
    pub prefix: String,
    /// Continues after this key, whether or not it is stored.
    pub after: Option<String>,
    /// How many keys at most.
    pub limit: usize,
}

impl Store {
    /// The value under the key, if there is one.
    pub async fn kv_get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let row = self.view().await?.get(&kv_key(key)).await?;
        row.map(|mut row| row.take("value")).transpose()
    }

    /// Stores the value under the key, in place of the value that is there.
    pub async fn kv_set(&self, key: String, value: Vec<u8>) -> Result<()> {
        self.transact((key, value), |tx, (key, value)| {
            Box::pin(async move {
                tx.set(kv_key(key), Row::new().with("key", key.as_str()).with("value", value.clone()));
                Ok(())
            })
        })
        .await
    }

    /// Removes the key. False if it was not stored.
    pub async fn kv_delete(&self, key: String) -> Result<bool> {
        self.transact(key, |tx, key| {
            Box::pin(async move {
                let key = kv_key(key);
                let stored = tx.get(&key).await?.is_some();
                if stored {
                    tx.delete(key);
                }
                Ok(stored)
            })
        })
        .await
    }

    /// The keys, in the order of their code points.
    pub async fn kv_keys(&self, list: KeyList) -> Result<Vec<String>> {
        let all = Range::under(Key::new(Table::Kv, []));
        let within = match end_of(&list.prefix) {
            Some(end) => all.before(kv_key(&end)),
            None => all,
        };
        let range = match &list.after {
            Some(after) if after.starts_with(&list.prefix) => within.past(kv_key(after)),
            // The key to continue after is greater than all keys with the prefix.
            Some(after) if *after > list.prefix => return Ok(Vec::new()),
            _ => within.from(kv_key(&list.prefix)),
        };
        let rows = self.view().await?.scan(&range, Direction::Forward, list.limit).await?;
        rows.into_iter().map(|mut row| row.take("key")).collect()
    }
}

/// The least text that is greater than all texts with the prefix, if there is one.
fn end_of(prefix: &str) -> Option<String> {
    let mut chars = prefix.chars();
    while let Some(last) = chars.next_back() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            return Some(format!("{}{next}", chars.as_str()));
        }
    }
    None
}
