//! Dynamic partitions: keys that users add to and delete from a named definition at run time, for one code location.

use compact_str::CompactString;

use crate::error::{Error, Result};
use crate::key;
use crate::records::{Direction, Key, Range, Row, Table};
use crate::store::Store;

fn dynamic_key(location: &str, name: &str, key: &str) -> Key {
    key!(Table::DynamicPartition, location, name, key)
}

struct Addition {
    location: CompactString,
    name: String,
    keys: Vec<String>,
}

impl Store {
    /// Adds the keys, all or none. A key that is there stays. Fails with `Code::InvalidArg` if a key is empty or
    /// contains `|` or `,`, which separate values in the display form.
    pub async fn add_dynamic_partitions(&self, name: String, keys: Vec<String>) -> Result<()> {
        for (at, key) in keys.iter().enumerate() {
            if key.is_empty() || key.contains(['|', ',']) {
                let expected = "a key that is not empty and has neither '|' nor ','";
                return Err(Error::invalid(&format!("keys[{at}]"), format_args!("'{key}'"), expected));
            }
        }
        let addition = Addition { location: self.location.clone(), name, keys };
        self.transact(addition, |tx, Addition { location, name, keys }| {
            Box::pin(async move {
                let places: Vec<Key> = keys.iter().map(|key| dynamic_key(location, name, key)).collect();
                let stored = tx.get_many(&places).await?;
                for ((key, place), stored) in keys.iter().zip(places).zip(stored) {
                    if stored.is_none() {
                        tx.set(place, Row::new().with("key", key.as_str()));
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// Removes the key. Materializations of that partition stay.
    pub async fn delete_dynamic_partition(&self, name: &str, key: &str) -> Result<()> {
        self.transact(dynamic_key(&self.location, name, key), |tx, place| {
            Box::pin(async move {
                if tx.get(place).await?.is_some() {
                    tx.delete(place.clone());
                }
                Ok(())
            })
        })
        .await
    }

    /// The keys of the definition, in the order of their code points.
    pub async fn get_dynamic_partitions(&self, name: &str) -> Result<Vec<String>> {
        let range = Range::under(key!(Table::DynamicPartition, self.location.as_str(), name));
        let rows = self.view().await?.scan(&range, Direction::Forward, usize::MAX).await?;
        rows.into_iter().map(|mut row| row.take("key")).collect()
    }

    /// Whether the definition has the key.
    pub async fn has_dynamic_partition(&self, name: &str, key: &str) -> Result<bool> {
        Ok(self.view().await?.get(&dynamic_key(&self.location, name, key)).await?.is_some())
    }
}
