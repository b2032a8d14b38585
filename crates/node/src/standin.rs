//! DEV ONLY: to be replaced by rivers-storage-surreal.
use std::path::Path;
use std::sync::Arc;
use rivers_storage::clock::Clock;
use rivers_storage::records::simulated::Simulated;
use rivers_storage::{Base, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability { Commit, Relaxed }
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbeddedOptions { pub durability: Option<Durability>, pub cache_size: Option<u64> }
pub struct Handle { base: Arc<Base>, memory: bool }
pub async fn memory(clock: Clock) -> Result<Handle> {
    let now = clock.now();
    Ok(Handle { base: Base::open(Arc::new(Simulated::new(now))).await?, memory: true })
}
pub async fn embedded(_path: &Path, _options: EmbeddedOptions) -> Result<Handle> {
    Ok(Handle { base: Base::open(Arc::new(Simulated::new(0))).await?, memory: false })
}
impl Handle {
    pub const fn base(&self) -> &Arc<Base> { &self.base }
    pub fn is_memory(&self) -> bool { self.memory }
    pub async fn close(&self) -> Result<()> { self.base.close().await }
}
