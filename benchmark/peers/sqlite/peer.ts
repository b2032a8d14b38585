import { load } from '../../packages/load.mjs'
import type { Operations, Peer, Store, Tier } from '../peer.js'
import { claimsOf } from './claims.js'
import type { Database, Driver } from './database.js'
import { eventsOf } from './events.js'
import { prepareDatabase } from './schema.js'

/** SQLite with statements written by hand, through one of its synchronous drivers. */
export async function loadSqlite(driver: 'better-sqlite3' | 'libsql'): Promise<Peer> {
  const { default: Database } = await load<{ default: Driver }>(driver)
  // Its native part is loaded with the first database.
  new Database(':memory:').close()
  return {
    name: driver,
    tiers: { memory: ':memory:', relaxed: 'WAL, synchronous = NORMAL', commit: 'WAL, synchronous = FULL' },
    open: (tier, path) => openSqlite(Database, tier, path),
  }
}

function openSqlite(Database: Driver, tier: Tier, path: string): Store {
  const database = new Database(tier === 'memory' ? ':memory:' : path)
  prepareDatabase(database, tier)
  return { ...kvOf(database), ...claimsOf(database), ...eventsOf(database), close: () => void database.close() }
}

function kvOf(database: Database): Operations {
  const get = database.prepare('SELECT value FROM kv WHERE key = ?')
  const set = database.prepare('INSERT INTO kv VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
  return {
    kvGet: key => (get.get(key) as { value: Uint8Array } | undefined)?.value,
    kvSet: (key, value) => set.run(key, value),
  }
}
