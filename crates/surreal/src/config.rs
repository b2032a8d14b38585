//! What an embedded store is opened with.

use rivers_storage::{Error, Result};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// An acknowledged write survives power loss.
    #[default]
    Commit,
    /// It survives a killed process.
    Relaxed,
}

/// What is left out matches any store that is open already.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbeddedOptions {
    pub durability: Option<Durability>,
    /// Bytes of block cache.
    pub cache_size: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub struct EngineSettings {
    pub durability: Durability,
    pub cache_size: u64,
}

impl From<EmbeddedOptions> for EngineSettings {
    fn from(options: EmbeddedOptions) -> Self {
        Self { durability: options.durability.unwrap_or_default(), cache_size: options.cache_size.unwrap_or(32 << 20) }
    }
}

impl EngineSettings {
    pub fn agree_with(&self, options: EmbeddedOptions) -> Result<()> {
        if options.durability.is_some_and(|durability| durability != self.durability) {
            let name = format!("{:?}", self.durability).to_lowercase();
            return Err(Error::conflict(format!("durability: the store is open with '{name}'")));
        }
        if options.cache_size.is_some_and(|size| size != self.cache_size) {
            return Err(Error::conflict(format!("cacheSize: the store is open with {}", self.cache_size)));
        }
        Ok(())
    }
}
