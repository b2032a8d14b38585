//! What an embedded store is opened with.

use rivers_storage::{Error, Result};
use surrealdb_kvs::config::SyncMode;
use surrealdb_kvs_rocksdb::RocksDbConfig;

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
pub struct Settings {
    pub durability: Durability,
    pub cache_size: u64,
}

impl From<EmbeddedOptions> for Settings {
    fn from(options: EmbeddedOptions) -> Self {
        Self { durability: options.durability.unwrap_or_default(), cache_size: options.cache_size.unwrap_or(32 << 20) }
    }
}

impl Settings {
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

    /// The engine's own defaults are a server's: half of the memory, and threads for every core.
    pub fn rocksdb(&self) -> RocksDbConfig {
        RocksDbConfig {
            // Never an interval: it loses acknowledged writes when the process merely crashes.
            sync_mode: match self.durability {
                Durability::Commit => SyncMode::Every,
                Durability::Relaxed => SyncMode::Never,
            },
            block_cache_size: usize::try_from(self.cache_size).unwrap_or(usize::MAX),
            write_buffer_size: 16 << 20,
            max_write_buffer_number: 3,
            thread_count: 2,
            jobs_count: 2,
            max_concurrent_subcompactions: 1,
            max_open_files: 256,
            keep_log_file_num: 2,
            // Logs whose writes are in tables go at once.
            wal_size_limit: 0,
            periodic_compaction_seconds: 0,
            // There is one committer, the lane: nobody to wait for.
            grouped_commit_timeout: 0,
            grouped_commit_max_batch_size: 16,
            shutdown_wait_for_compact_seconds: 2,
            // Calls never leave the thread that makes them: where they run is decided above.
            runtime_worker_threads: 64,
            runtime_reserve: 0,
            ..RocksDbConfig::default()
        }
    }
}
