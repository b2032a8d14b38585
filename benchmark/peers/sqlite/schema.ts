import type { Tier } from '../peer.js'
import type { Database } from './database.js'

/** Each list is read in the order of an index; counts that a claim needs stand in the row of its pool. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS pools (
    pool_key TEXT PRIMARY KEY, slot_limit INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0, token INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS slots (
    run_id TEXT NOT NULL, step_key TEXT NOT NULL, pool_key TEXT NOT NULL,
    slots INTEGER NOT NULL, token INTEGER NOT NULL, claimed_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (run_id, step_key, pool_key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS slots_by_expiry ON slots (pool_key, expires_at, slots);
  CREATE TABLE IF NOT EXISTS waiters (
    run_id TEXT NOT NULL, step_key TEXT NOT NULL, pool_key TEXT NOT NULL,
    slots INTEGER NOT NULL, priority INTEGER NOT NULL, enqueued_at INTEGER NOT NULL, kept_until INTEGER NOT NULL,
    PRIMARY KEY (run_id, step_key, pool_key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS waiters_in_order ON waiters (pool_key, priority DESC, enqueued_at);

  CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, event_type TEXT NOT NULL, run_id TEXT NOT NULL, asset_key TEXT, partition_key TEXT,
    timestamp INTEGER NOT NULL, metadata TEXT NOT NULL, data_version TEXT, code_version TEXT,
    input_data_versions TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS events_of_run ON events (run_id, timestamp);
  CREATE INDEX IF NOT EXISTS events_of_asset ON events (asset_key, timestamp);
  CREATE INDEX IF NOT EXISTS materializations ON events (asset_key, timestamp) WHERE event_type = 'Materialization';
  CREATE TABLE IF NOT EXISTS assets (
    asset_key TEXT PRIMARY KEY, tags TEXT NOT NULL, kinds TEXT NOT NULL, asset_group TEXT, code_version TEXT,
    last_event_id INTEGER, last_run_id TEXT, last_timestamp INTEGER, last_data_version TEXT,
    last_materialization_code_version TEXT, last_input_data_versions TEXT, pool TEXT NOT NULL
  ) WITHOUT ROWID;`

const SYNCHRONOUS: Record<Tier, string> = { memory: 'OFF', relaxed: 'NORMAL', commit: 'FULL' }

export function prepareDatabase(database: Database, tier: Tier): void {
  // As statements: not every driver lets `exec` run what gives rows.
  if (tier !== 'memory') database.prepare('PRAGMA journal_mode = WAL').get()
  database.exec(`PRAGMA synchronous = ${SYNCHRONOUS[tier]}`)
  database.exec(TABLES)
}
