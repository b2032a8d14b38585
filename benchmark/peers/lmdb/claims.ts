import type { Claim, Operations, Reply } from '../peer.js'
import type { Environment, Key } from './environment.js'

const LEASE_MS = 86_400_000
/** Higher priorities first; never -0, which is a key of its own kind. */
const rank = (priority = 0): number => 0 - priority

interface Pool {
  limit: number
  used: number
  token: number
}
interface Lease {
  pools: Claim['pools']
  token: number
  expiresAt: number
}

/** A row for a pool, a row for a lease, and keys by which what expired and who is next are found. */
export function claimsOf(environment: Environment, transact: <T>(work: () => T) => Reply<T>): Operations {
  const pools = environment.openDB<Pool>({ name: 'pools' })
  const leases = environment.openDB<Lease>({ name: 'leases' })
  const expiry = environment.openDB<number>({ name: 'expiry' })
  const queue = environment.openDB<number>({ name: 'queue' })
  const places = environment.openDB<Key[]>({ name: 'places' })

  const release = (runId: string, stepKey: string): boolean => {
    const lease = leases.get([runId, stepKey])
    if (!lease) return false
    for (const [poolKey, slots] of lease.pools) {
      const pool = pools.get(poolKey)!
      pools.put(poolKey, { ...pool, used: pool.used - slots })
      expiry.remove([poolKey, lease.expiresAt, runId, stepKey])
    }
    leases.remove([runId, stepKey])
    return true
  }
  const leaveQueue = (runId: string, stepKey: string): void => {
    const place = places.get([runId, stepKey])
    if (!place) return
    for (const key of place) queue.remove(key)
    places.remove([runId, stepKey])
  }
  const sweep = (poolKey: string, now: number): void => {
    const ended = [...expiry.getKeys({ start: [poolKey, 0], end: [poolKey, now], limit: 100 })]
    for (const [, , runId, stepKey] of ended) release(runId as string, stepKey as string)
  }
  const isNext = (poolKey: string, { runId, stepKey, priority }: Claim): boolean => {
    const [ahead] = queue.getKeys({ start: [poolKey, -Infinity], end: [poolKey, rank(priority), Infinity], limit: 1 })
    return !ahead || (ahead[3] === runId && ahead[4] === stepKey)
  }

  const claim = (request: Claim): boolean => {
    const { runId, stepKey, priority } = request
    const now = Date.now()
    for (const [poolKey] of request.pools) sweep(poolKey, now)
    const held = leases.get([runId, stepKey])
    const own = (poolKey: string): number => held?.pools.find(([key]) => key === poolKey)?.[1] ?? 0
    const granted = request.pools.every(([poolKey, slots]) => {
      const pool = pools.get(poolKey)!
      return own(poolKey) >= slots || (pool.used - own(poolKey) + slots <= pool.limit && isNext(poolKey, request))
    })
    leaveQueue(runId, stepKey)
    if (!granted) {
      const keys = request.pools.map(([poolKey]) => [poolKey, rank(priority), now, runId, stepKey])
      for (const key of keys) queue.put(key, 1)
      places.put([runId, stepKey], keys)
      return false
    }
    if (held) release(runId, stepKey)
    const looked = request.pools.map(([poolKey, slots]) => ({ poolKey, slots, pool: pools.get(poolKey)! }))
    const token = 1 + Math.max(...looked.map(({ pool }) => pool.token))
    const expiresAt = now + LEASE_MS
    for (const { poolKey, slots, pool } of looked) {
      pools.put(poolKey, { ...pool, used: pool.used + slots, token })
      expiry.put([poolKey, expiresAt, runId, stepKey], slots)
    }
    leases.put([runId, stepKey], { pools: request.pools, token, expiresAt })
    return true
  }

  const renew = (runId: string, stepKey: string, leaseMs: number): boolean => {
    const lease = leases.get([runId, stepKey])
    if (!lease || lease.expiresAt <= Date.now()) return false
    const expiresAt = Date.now() + leaseMs
    for (const [poolKey, slots] of lease.pools) {
      expiry.remove([poolKey, lease.expiresAt, runId, stepKey])
      expiry.put([poolKey, expiresAt, runId, stepKey], slots)
    }
    leases.put([runId, stepKey], { ...lease, expiresAt })
    return true
  }

  return {
    setPoolLimit: (poolKey, limit) => pools.putSync(poolKey, { limit, used: 0, token: 0 }),
    claim: request => transact(() => claim(request)),
    claimAll: claims => environment.transactionSync(() => claims.map(claim)),
    renew: (runId, stepKey, leaseMs) => transact(() => renew(runId, stepKey, leaseMs)),
    free: (runId, stepKey) =>
      transact(() => {
        leaveQueue(runId, stepKey)
        return release(runId, stepKey)
      }),
  }
}
