//! The options of an embedded store.

use rivers_storage::{Error, Result};

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power loss: each commit is synced before it is acknowledged.
    #[default]
    Commit,
    /// A killed process: the operating system writes commits to the disk later.
    Relaxed,
}

/// The options of a caller. None takes the default, or the value of the store if it is already open.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbeddedOptions {
    /// Default: [`Durability::Commit`].
    pub durability: Option<Durability>,
    /// The size of the block cache in bytes. Default: 32 MiB.
    pub cache_size: Option<u64>,
}

/// The options that a store is open with.
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
    /// Fails with `ERR_CONFLICT` if the options ask for other settings.
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
