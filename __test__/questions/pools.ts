import { each, type Question } from './question.js'

const LIMIT = `pool_key AS poolKey, slot_limit AS slotLimit, lease_ms / 1000 AS leaseDurationSecs`

/** A pool counts slots and entries that have expired until they are removed. */
const info = (pool: string): string => `{
  LET $pool = ${pool};
  RETURN (SELECT ${LIMIT},
    math::sum((SELECT VALUE slots FROM slot:[$location, $pool]..[$location, $pool, ..] WHERE ends_at > time::millis())) AS claimedCount,
    count((SELECT id FROM pool_queue:[$location, $pool]..[$location, $pool, ..] WHERE waiter.until > time::millis())) AS pendingCount
    FROM ONLY pool:[$location, $pool]) }`

export const POOL_QUESTIONS: Question[] = [
  {
    title: 'the limits of pools',
    ask: s => s.getPoolLimits(),
    surql: `SELECT ${LIMIT} FROM pool:[$location]..[$location, ..]`,
  },
  {
    title: 'the present use of all pools',
    ask: s => s.getAllPoolInfos(),
    surql: `RETURN (SELECT VALUE pool_key FROM pool:[$location]..[$location, ..]).map(|$key| ${info('$key')})`,
  },
  {
    title: 'the present use of each pool',
    ask: (s, { pools }) => each(pools.slice(0, -1), pool => s.getPoolInfo(pool)),
    surql: `RETURN array::slice($pools, 0, -1).map(|$key| ${info('$key')})`,
  },
  {
    title: 'who holds slots of each pool, by claim',
    ask: (s, { pools }) => each(pools, pool => s.getPoolSlotHolders(pool)),
    surql: `RETURN $pools.map(|$pool| (SELECT run_id AS runId, step_key AS stepKey, slots AS slotsConsumed, claimed_at AS claimedAt,
      ends_at AS leaseExpiresAt, token FROM slot:[$location, $pool]..[$location, $pool, ..]
      WHERE ends_at > time::millis() ORDER BY claimedAt, token))`,
  },
  {
    title: 'who waits for slots of each pool, in the order of priority',
    ask: (s, { pools }) =>
      each(pools, async pool =>
        (await s.getPoolWaiters(pool)).map(({ runId, stepKey, slots, priority, enqueuedAt }) => {
          return { runId, stepKey, slots, priority, enqueuedAt }
        }),
      ),
    surql: `RETURN $pools.map(|$pool| (SELECT run_id AS runId, step_key AS stepKey, priority,
      pools.find(|$want| $want[0] = $pool)[1] AS slots, math::floor(since_micros / 1000) AS enqueuedAt FROM
      (SELECT * FROM pool_queue:[$location, $pool]..[$location, $pool, ..] WHERE waiter.until > time::millis()
        ORDER BY priority DESC, since_micros, order)))`,
  },
  {
    title: 'the live leases, by what the pools say of their holders',
    ask: async (s, { pools }) => {
      const holders = (await each(pools, pool => s.getPoolSlotHolders(pool))).flat() as Record<string, unknown>[]
      const leases = holders.map(({ runId, stepKey, token, leaseExpiresAt }) =>
        JSON.stringify([runId, stepKey, token, leaseExpiresAt]),
      )
      return [...new Set(leases)].toSorted()
    },
    surql: `SELECT VALUE [run_id, step_key, token, expires_at] FROM lease
      WHERE expires_at > time::millis() AND pools.any(|$held| $held[0] = $location)`,
    convert: (leases: unknown[]) => leases.map(lease => JSON.stringify(lease)).toSorted(),
  },
  {
    title: 'the slots that all steps of each run hold',
    ask: async (s, { pools, runs }) => {
      const holders = (await each(pools, pool => s.getPoolSlotHolders(pool))).flat() as {
        runId: string
        slotsConsumed: number
      }[]
      return runs.map(run =>
        holders.filter(holder => holder.runId === run).reduce((sum, holder) => sum + holder.slotsConsumed, 0),
      )
    },
    surql: `RETURN $runs.map(|$run| math::sum(
      (SELECT VALUE pools.map(|$held| $held[2]) FROM lease:[$run]..[$run, ..] WHERE expires_at > time::millis()).flatten()))`,
  },
  {
    title: 'how many of the slots of each pool are free',
    ask: async (s, { pools }) =>
      each(pools.slice(0, -1), async pool => {
        const { slotLimit, claimedCount } = await s.getPoolInfo(pool)
        return slotLimit < 0 ? null : slotLimit - claimedCount
      }),
    surql: `RETURN array::slice($pools, 0, -1).map(|$pool| {
      LET $limit = pool:[$location, $pool].slot_limit;
      RETURN IF $limit >= 0 THEN $limit - math::sum(
        (SELECT VALUE slots FROM slot:[$location, $pool, time::millis() + 1]..[$location, $pool, ..])) END })`,
  },
]
