//! A store in memory: a persistent map. A copy of it shares its nodes, and costs only what is written later.

mod walk;

use std::sync::Arc;

use imbl::OrdMap;
use parking_lot::{Mutex, MutexGuard};

pub use self::walk::Walk;
use super::Writes;

pub type Bytes = Arc<[u8]>;

pub type RowMap = OrdMap<Bytes, Bytes>;

#[derive(Default)]
pub struct MemoryStore(Mutex<RowMap>);

impl MemoryStore {
    /// The current rows; later commits do not change them.
    pub fn snapshot(&self) -> RowMap {
        self.lock().clone()
    }

    pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.lock().get(key).map(|value| value.to_vec())
    }

    pub fn commit(&self, writes: Writes) {
        let mut rows = self.lock();
        for (key, value) in writes {
            match value {
                Some(value) => rows.insert(key.into(), value.into()),
                None => rows.remove(key.as_slice()),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, RowMap> {
        self.0.lock()
    }
}
