//! What is stored in memory: a map of which a copy costs nothing, until it is written to.

mod walk;

use std::sync::Arc;

use imbl::OrdMap;
use parking_lot::{Mutex, MutexGuard};

pub use self::walk::Walk;
use super::Writes;

pub type Bytes = Arc<[u8]>;

pub type Rows = OrdMap<Bytes, Bytes>;

#[derive(Default)]
pub struct Memory(Mutex<Rows>);

impl Memory {
    /// As they are now, whatever is committed later.
    pub fn rows(&self) -> Rows {
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

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.lock()
    }
}
