//! Bytes under keys of the user's own. Global: not scoped to a code location.

use crate::error::Result;
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

fn kv_key(key: &str) -> Key {
    key!(Table::Kv, key)
}

/// Which keys: those with the prefix, after `after` (whether that one is stored or not).
#[derive(Clone, Debug, Default)]
pub struct KeyList {
    pub prefix: String,
    pub after: Option<String>,
    pub limit: usize,
}

impl Store {
    pub async fn kv_get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let row = self.view().await?.get(&kv_key(key)).await?;
        row.map(|mut row| row.take("value")).transpose()
    }

    pub async fn kv_set(&self, key: String, value: Vec<u8>) -> Result<()> {
        self.transact((key, value), |tx, (key, value)| {
            Box::pin(async move {
                tx.set(kv_key(key), Row::new().with("key", key.as_str()).with("value", value.clone()));
                Ok(())
            })
        })
        .await
    }

    /// Whether there was such a key.
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

    pub async fn kv_keys(&self, list: KeyList) -> Result<Vec<String>> {
        let all = Range::under(Key::new(Table::Kv, []));
        let within = match end_of(&list.prefix) {
            Some(end) => all.before(kv_key(&end)),
            None => all,
        };
        let range = match &list.after {
            Some(after) if after.starts_with(&list.prefix) => within.past(kv_key(after)),
            // It is behind all that begin with the prefix.
            Some(after) if *after > list.prefix => return Ok(Vec::new()),
            _ => within.from(kv_key(&list.prefix)),
        };
        let rows = self.view().await?.scan(&range, Direction::Forward, list.limit).await?;
        rows.into_iter().map(|mut row| row.take("key")).collect()
    }
}

/// The first text that comes after all that begin with the prefix; none where they are the last of all texts.
fn end_of(prefix: &str) -> Option<String> {
    let mut chars = prefix.chars();
    while let Some(last) = chars.next_back() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            return Some(format!("{}{next}", chars.as_str()));
        }
    }
    None
}
