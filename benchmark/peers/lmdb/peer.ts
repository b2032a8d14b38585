import { load } from '../../packages/load.mjs'
import type { Form, Peer, Reply, Store, Tier } from '../peer.js'
import { claimsOf } from './claims.js'
import type { Lmdb } from './environment.js'

/** Keys and values, and claims over them by hand. Events would be a storage engine of our own. */
export async function loadLmdb(): Promise<Peer> {
  const lmdb = await load<Lmdb>('lmdb')
  return {
    name: 'lmdb',
    tiers: { memory: null, relaxed: 'noSync', commit: 'overlappingSync: false' },
    open: (tier, path, form) => openLmdb(lmdb, tier, path, form),
  }
}

function openLmdb(lmdb: Lmdb, tier: Tier, path: string, form: Form): Store {
  const environment = lmdb.open({ path, noSync: tier === 'relaxed', overlappingSync: false, maxDbs: 8 })
  const kv = environment.openDB<Uint8Array>({ name: 'kv', encoding: 'binary' })
  // In promise form, transactions that are asked for meanwhile are committed together.
  const transact = <T>(work: () => T): Reply<T> =>
    form === 'sync' ? environment.transactionSync(work) : environment.transaction(work)
  return {
    kvGet: key => kv.get(key),
    kvSet: (key, value) => (form === 'sync' ? kv.putSync(key, value) : kv.put(key, value)),
    ...claimsOf(environment, transact),
    close: () => environment.close(),
  }
}
