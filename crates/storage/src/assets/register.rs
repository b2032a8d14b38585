//! Registers assets. A registration replaces what was registered before; what the asset's events changed stays.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::AssetDefinition;
use super::rows::{AssetRow, asset_key};
use crate::error::{Error, Result};
use crate::records::{Key, Row, Tx};
use crate::slots::{MAX_SLOTS, is_weight};
use crate::store::Store;

struct Registration {
    location: CompactString,
    /// By asset key.
    definitions: BTreeMap<String, AssetDefinition>,
}

impl Store {
    /// Registers the assets, all or none. The last of several definitions of one asset counts. Fails with
    /// `Code::InvalidArg` if a weight is out of range.
    pub async fn register_assets(&self, definitions: Vec<AssetDefinition>) -> Result<()> {
        for (at, definition) in definitions.iter().enumerate() {
            check_weights(at, definition)?;
        }
        let definitions =
            definitions.into_iter().map(|definition| (definition.asset_key.clone(), definition)).collect();
        let registration = Registration { location: self.location.clone(), definitions };
        self.transact(registration, |tx, registration| Box::pin(register(tx, registration))).await
    }
}

fn check_weights(at: usize, definition: &AssetDefinition) -> Result<()> {
    for (pool, (_, slots)) in definition.pool.iter().enumerate() {
        if !is_weight(*slots) {
            let name = format!("assets[{at}].pool[{pool}]");
            return Err(Error::invalid(&name, slots, &format!("a number of slots from 1 to {MAX_SLOTS}")));
        }
    }
    Ok(())
}

async fn register(tx: &mut Tx<'_>, Registration { location, definitions }: &Registration) -> Result<()> {
    let keys: Vec<Key> = definitions.keys().map(|asset| asset_key(location, asset)).collect();
    let stored = tx.get_many(&keys).await?;
    for ((definition, key), stored) in definitions.values().zip(keys).zip(stored) {
        let known = stored.map(AssetRow::from_row).transpose()?;
        let row = redefined(known.clone().unwrap_or_default(), definition);
        if known.as_ref() != Some(&row) {
            reindex(tx, location, known.as_ref(), &row);
            tx.set(key, row.into_row());
        }
    }
    Ok(())
}

fn redefined(mut row: AssetRow, definition: &AssetDefinition) -> AssetRow {
    let AssetDefinition { asset_key, tags, kinds, group, code_version, pool } = definition.clone();
    let record = &mut row.record;
    (record.asset_key, record.tags, record.kinds) = (asset_key, tags, kinds);
    (record.group, record.code_version, record.pool) = (group, code_version, pool);
    row
}

fn reindex(tx: &mut Tx<'_>, location: &str, before: Option<&AssetRow>, after: &AssetRow) {
    let before = before.map(|row| row.index_keys(location)).unwrap_or_default();
    let now = after.index_keys(location);
    for key in before.difference(&now) {
        tx.delete(key.clone());
    }
    for key in now.difference(&before) {
        tx.set(key.clone(), Row::new().with("asset_key", after.record.asset_key.as_str()));
    }
}
