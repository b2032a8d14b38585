import type { Claim, Operations } from '../peer.js'
import type { Database } from './database.js'

const LEASE_MS = 86_400_000

interface Pool {
  slot_limit: number
  used: number
  waiting: number
  token: number
  held: number | null
  next_expiry: number | null
}
interface Held {
  pool_key: string
  slots: number
}

/** Claims that are leases, all or nothing over several pools, with a queue by priority and time of asking. */
export function claimsOf(database: Database): Operations {
  const sql = statements(database)

  const look = (poolKey: string, { runId, stepKey }: Claim, now: number): Pool => {
    const read = (): Pool => {
      const pool = sql.pool.get(runId, stepKey, poolKey) as Pool | undefined
      if (!pool) throw new Error(`no pool ${poolKey}`)
      return pool
    }
    const pool = read()
    if (pool.next_expiry === null || pool.next_expiry > now) return pool
    const ended = sql.deleteExpired.all(poolKey, now) as Held[]
    sql.use.run(-ended.reduce((sum, { slots }) => sum + slots, 0), poolKey)
    return read()
  }

  const isNext = (poolKey: string, { runId, stepKey, priority = 0 }: Claim, now: number): boolean => {
    const ahead = sql.ahead.get(poolKey, priority, now) as { run_id: string; step_key: string } | undefined
    return !ahead || (ahead.run_id === runId && ahead.step_key === stepKey)
  }

  const leaveQueue = (runId: string, stepKey: string): void => {
    for (const { pool_key } of sql.deleteWaiter.all(runId, stepKey) as Held[]) sql.wait.run(-1, pool_key)
  }

  const claim = (request: Claim): boolean => {
    const { runId, stepKey, pools, priority = 0 } = request
    const now = Date.now()
    const looked = pools.map(([poolKey, slots]) => ({ poolKey, slots, pool: look(poolKey, request, now) }))
    const granted = looked.every(
      ({ poolKey, slots, pool }) =>
        (pool.held ?? 0) >= slots ||
        ((pool.slot_limit < 0 || pool.used - (pool.held ?? 0) + slots <= pool.slot_limit) &&
          (pool.waiting === 0 || isNext(poolKey, request, now))),
    )
    if (!granted) {
      leaveQueue(runId, stepKey)
      for (const { poolKey, slots } of looked) {
        sql.insertWaiter.run(runId, stepKey, poolKey, slots, priority, now, now + LEASE_MS)
        sql.wait.run(1, poolKey)
      }
      return false
    }
    const token = 1 + Math.max(...looked.map(({ pool }) => pool.token))
    for (const { poolKey, slots, pool } of looked) {
      sql.insertSlot.run(runId, stepKey, poolKey, slots, token, now, now + LEASE_MS)
      sql.grant.run(slots - (pool.held ?? 0), token, poolKey)
    }
    if (looked.some(({ pool }) => pool.waiting > 0)) leaveQueue(runId, stepKey)
    return true
  }

  const free = (runId: string, stepKey: string): number => {
    const freed = sql.deleteSlots.all(runId, stepKey) as Held[]
    for (const { pool_key, slots } of freed) sql.use.run(-slots, pool_key)
    leaveQueue(runId, stepKey)
    return freed.length
  }

  const claiming = database.transaction(claim)
  const claimingAll = database.transaction((claims: Claim[]) => claims.map(claim))
  const freeing = database.transaction(free)
  return {
    setPoolLimit: (poolKey, limit) => sql.setPool.run(poolKey, limit),
    claim: request => claiming.immediate(request),
    claimAll: claims => claimingAll.immediate(claims),
    free: (runId, stepKey) => freeing.immediate(runId, stepKey),
    renew: (runId, stepKey, leaseMs) => {
      const now = Date.now()
      return sql.renew.run(now + leaseMs, runId, stepKey, now)
    },
  }
}

const statements = (database: Database) => ({
  setPool: database.prepare(`INSERT INTO pools (pool_key, slot_limit) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET slot_limit = excluded.slot_limit`),
  pool: database.prepare(`SELECT slot_limit, used, waiting, token,
      (SELECT slots FROM slots WHERE run_id = ? AND step_key = ? AND pool_key = pools.pool_key) AS held,
      (SELECT min(expires_at) FROM slots WHERE pool_key = pools.pool_key) AS next_expiry
    FROM pools WHERE pool_key = ?`),
  use: database.prepare('UPDATE pools SET used = used + ? WHERE pool_key = ?'),
  wait: database.prepare('UPDATE pools SET waiting = waiting + ? WHERE pool_key = ?'),
  grant: database.prepare('UPDATE pools SET used = used + ?, token = ? WHERE pool_key = ?'),
  insertSlot: database.prepare(`INSERT INTO slots (run_id, step_key, pool_key, slots, token, claimed_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET slots = excluded.slots, claimed_at = excluded.claimed_at, expires_at = excluded.expires_at`),
  deleteSlots: database.prepare('DELETE FROM slots WHERE run_id = ? AND step_key = ? RETURNING pool_key, slots'),
  deleteExpired: database.prepare('DELETE FROM slots WHERE pool_key = ? AND expires_at <= ? RETURNING pool_key, slots'),
  renew: database.prepare('UPDATE slots SET expires_at = ? WHERE run_id = ? AND step_key = ? AND expires_at > ?'),
  ahead: database.prepare(`SELECT run_id, step_key FROM waiters
    WHERE pool_key = ? AND priority >= ? AND kept_until > ? ORDER BY priority DESC, enqueued_at LIMIT 1`),
  insertWaiter: database.prepare(`INSERT INTO waiters
    (run_id, step_key, pool_key, slots, priority, enqueued_at, kept_until) VALUES (?, ?, ?, ?, ?, ?, ?)`),
  deleteWaiter: database.prepare('DELETE FROM waiters WHERE run_id = ? AND step_key = ? RETURNING pool_key, slots'),
})
