//! RocksDB's options. It shares the process with the application, so it gets little memory and few threads.

use std::sync::Arc;

use rocksdb::{BlockBasedIndexType, BlockBasedOptions, Cache, DBCompressionType, InfoLogger, LogLevel, Options};

use crate::config::EngineSettings;
use crate::folder::{Marker, OpenFolder};

const MEMTABLE_BYTES: usize = 16 << 20;
/// Values of this size or more are stored in blob files, which compactions do not copy.
const BLOB_BYTES: u64 = 4 << 10;
const BLOB_FILE_BYTES: u64 = 64 << 20;
/// The manifest is read when the store opens. It grows with each file that RocksDB makes or deletes (30 kB a minute under
/// full load), until it is rewritten at this size.
const MANIFEST_BYTES: usize = 4 << 20;

/// For the read-only check.
pub fn reading(settings: &EngineSettings) -> Options {
    let mut options = Options::default();
    logs_and_tables(&mut options);
    tables(&mut options, cache_bytes(settings));
    options
}

pub fn of(settings: &EngineSettings, folder: &OpenFolder) -> Options {
    let mut options = Options::default();
    options.create_if_missing(folder.is_creating());
    options.set_info_logger(marking(folder.marker()));
    files(&mut options);
    one_writer(&mut options);
    tables(&mut options, cache_bytes(settings));
    options
}

fn cache_bytes(settings: &EngineSettings) -> usize {
    usize::try_from(settings.cache_size).unwrap_or(usize::MAX)
}

/// RocksDB reports a flush or a compaction after it has updated the manifest, and before it deletes the log or the tables
/// that were replaced. The mark has to include the manifest by then: without its end, RocksDB would miss the new table.
fn marking(marker: &Arc<Marker>) -> InfoLogger {
    let marker = Arc::clone(marker);
    InfoLogger::new_callback_logger(LogLevel::Info, move |_, message| {
        if message.contains("_finished") {
            // An older mark proves less, and is safe.
            drop(marker.mark_manifest());
        }
    })
}

fn files(options: &mut Options) {
    logs_and_tables(options);
    options.set_max_manifest_file_size(MANIFEST_BYTES);
    options.set_max_background_jobs(2);
    // Background threads delete obsolete files, not the thread that commits.
    options.set_avoid_unnecessary_blocking_io(true);
    // Writing over an obsolete log does not change its size, so a sync writes the data only.
    options.set_recycle_log_file_num(1);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
}

fn logs_and_tables(options: &mut Options) {
    options.set_max_open_files(256);
    // Without it, RocksDB takes a synced log that is missing, or cut between two records, for one that ended there.
    options.set_track_and_verify_wals_in_manifest(true);
}

/// Support for concurrent writers costs a single writer time.
fn one_writer(options: &mut Options) {
    options.set_enable_pipelined_write(false);
    options.set_allow_concurrent_memtable_write(false);
    options.set_enable_write_thread_adaptive_yield(false);
}

fn tables(options: &mut Options, cache_bytes: usize) {
    let cache = Cache::new_lru_cache(cache_bytes);
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(&cache);
    blocks.set_block_size(16 << 10);
    blocks.set_bloom_filter(10.0, false);
    // Indexes and filters grow with the store, so they are in the cache, whose size is bounded. They are partitioned,
    // because a list would otherwise evict the index of one whole file for that of another.
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    blocks.set_partition_filters(true);
    blocks.set_metadata_block_size(4 << 10);
    blocks.set_pin_top_level_index_and_filter(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    options.set_block_based_table_factory(&blocks);

    options.set_write_buffer_size(MEMTABLE_BYTES);
    options.set_max_write_buffer_number(3);
    options.set_target_file_size_base(MEMTABLE_BYTES as u64);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_bottommost_compression_type(DBCompressionType::Zstd);
    // Slots and queue entries are short-lived, and scans must pass the tombstones of deleted rows: compact where these
    // are many.
    options.add_compact_on_deletion_collector_factory(500, 25, 0.5);

    options.set_enable_blob_files(true);
    options.set_min_blob_size(BLOB_BYTES);
    options.set_blob_file_size(BLOB_FILE_BYTES);
    options.set_blob_compression_type(DBCompressionType::Lz4);
    options.set_enable_blob_gc(true);
    options.set_blob_gc_age_cutoff(0.5);
    options.set_blob_gc_force_threshold(0.5);
    options.set_blob_cache(&cache);
}
