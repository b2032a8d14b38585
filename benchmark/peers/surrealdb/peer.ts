import { load } from '../../packages/load.mjs'
import type { Peer, Store, Tier } from '../peer.js'
import { claimsOf } from './claims.js'
import type { Client, Engine, Sdk } from './client.js'
import { eventsOf } from './events.js'
import { SCHEMA } from './schema.js'

/** The official embedded engine by its official client: SurrealQL of constant text, with parameters. */
export async function loadSurrealdb(): Promise<Peer> {
  const { Surreal } = await load<Sdk>('surrealdb')
  const { createNodeEngines } = await load<Engine>('@surrealdb/node')
  return {
    name: '@surrealdb/node',
    tiers: { memory: 'mem://', relaxed: 'rocksdb://…?sync=never', commit: 'rocksdb://…?sync=every' },
    mostEvents: 10_000,
    // A second connection to the path did not answer within 45 seconds.
    reopens: false,
    open: async (tier, path) => openSurrealdb(new Surreal({ engines: createNodeEngines() }), tier, path),
  }
}

async function openSurrealdb(client: Client, tier: Tier, path: string): Promise<Store> {
  const sync = tier === 'commit' ? 'every' : 'never'
  await client.connect(tier === 'memory' ? 'mem://' : `rocksdb://${path}?sync=${sync}`)
  await client.use({ namespace: 'benchmark', database: 'main' })
  await client.query(SCHEMA)
  return {
    kvGet: async key => (await client.query<[Uint8Array]>(GET, { key }))[0],
    kvSet: (key, value) => client.query(SET, { key, value }),
    ...claimsOf(client),
    ...eventsOf(client),
    close: async () => void (await client.close()),
  }
}

const GET = `RETURN type::record('kv', $key).value`
const SET = `UPSERT type::record('kv', $key) SET value = $value RETURN NONE`
