import { isDeepStrictEqual } from 'node:util'
import type { BlockReason } from 'rivers-storage'
import type { Specification } from './check.js'
import { answers, fails, type AnyCall, type Call } from './history.js'
import { unknown } from './objects.js'

export type ClockKind = 'system' | 'manual'

interface Lease {
  token: number
  attempt: string
  slots: Readonly<Record<string, number>>
  expiresAt: number
}
interface Pools {
  now: number
  lastToken: number
  limits: Readonly<Record<string, number>>
  /** By step. Those that ended are not there. */
  leases: Readonly<Record<string, Lease>>
}

/**
 * Pools, claims and leases. Claims wait for no time at all, so nobody ever stands in a queue, and a claim is granted
 * exactly if it fits. On a system clock leases are to be so long that none ends.
 */
export function pools(clock: ClockKind): Specification<Pools> {
  const end = (now: number, duration: unknown): number => (clock === 'manual' ? now + (duration as number) : Infinity)

  const claim = (state: Pools, call: Call<'claimConcurrencySlots'>): Pools | null => {
    const { stepKey, attempt, pools, leaseDuration } = call.args[0]
    const wanted = Object.entries(pools as Record<string, number>)
    if (wanted.some(([pool]) => !(pool in state.limits))) return fails(call, 'ERR_NOT_FOUND') ? state : null
    if (!('answer' in call.outcome)) return null
    const { status, position, reason, token, leaseExpiresAt } = call.outcome.answer
    const held = state.leases[stepKey]
    const wait = reasonToWait(state, wanted, held)
    if (wait) return status === 'pending' && position === 1 && isDeepStrictEqual(reason, wait) ? state : null
    if (status !== 'claimed' || token === null) return null
    const expiresAt = end(state.now, leaseDuration)
    if (clock === 'manual' && leaseExpiresAt !== expiresAt) return null
    const again = held !== undefined && held.attempt === attempt
    if (again ? token !== held.token : token <= state.lastToken) return null
    const slots = sorted({ ...held?.slots, ...Object.fromEntries(wanted) })
    const granted = withLease(state, stepKey, { token, attempt: attempt!, slots, expiresAt })
    return { ...granted, lastToken: Math.max(state.lastToken, token) }
  }

  const next = (state: Pools, call: AnyCall): Pools | null => {
    switch (call.method) {
      case 'claimConcurrencySlots':
        return claim(state, call)
      case 'renewSlotLease': {
        const [, step, { token, leaseDuration } = {}] = call.args
        const lease = named(state, step, token)
        if (!answers(call, rows(lease))) return null
        return lease ? withLease(state, step, { ...lease, expiresAt: end(state.now, leaseDuration) }) : state
      }
      case 'freeConcurrencySlots': {
        const [, step, { token } = {}] = call.args
        const lease = named(state, step, token)
        if (!answers(call, rows(lease))) return null
        return lease ? withLease(state, step, null) : state
      }
      case 'freeConcurrencySlotsForRun':
        return answers(call, sum(Object.values(state.leases).map(rows))) ? { ...state, leases: {} } : null
      case 'storeEvent': {
        const { stepKey, token } = call.args[1]!.lease!
        const right = named(state, stepKey, token) ? 'answer' in call.outcome : fails(call, 'ERR_LEASE_LOST')
        return right ? state : null
      }
      case 'setPoolLimit': {
        const [pool, limit] = call.args
        return answers(call, undefined) ? { ...state, limits: sorted({ ...state.limits, [pool]: limit }) } : null
      }
      case 'deletePoolLimit': {
        const [pool] = call.args
        if (used(state, pool) > 0) return fails(call, 'ERR_CONFLICT') ? state : null
        const { [pool]: gone, ...limits } = state.limits
        return answers(call, gone !== undefined) ? { ...state, limits } : null
      }
      case 'getAllPoolInfos': {
        if (!('answer' in call.outcome)) return null
        const shown = call.outcome.answer.map(info => [
          info.poolKey,
          info.slotLimit,
          info.claimedCount,
          info.pendingCount,
        ])
        const right = Object.entries(state.limits).map(([pool, limit]) => [pool, limit, used(state, pool), 0])
        return isDeepStrictEqual(shown, right) ? state : null
      }
      case 'getPoolSlotHolders': {
        if (!('answer' in call.outcome)) return null
        const shown = call.outcome.answer.map(holder => [
          holder.stepKey,
          { slots: holder.slotsConsumed, token: holder.token },
        ])
        const holds = Object.entries(state.leases).filter(([, { slots }]) => call.args[0] in slots)
        const right = holds.map(([step, { slots, token }]) => [step, { slots: slots[call.args[0]], token }])
        return isDeepStrictEqual(Object.fromEntries(shown), Object.fromEntries(right)) ? state : null
      }
      case 'advanceTime':
        return alive({ ...state, now: state.now + (call.args[0] as number) })
      default:
        return unknown(call)
    }
  }

  return { first: { now: 0, lastToken: 0, limits: {}, leases: {} }, next }
}

function reasonToWait(state: Pools, wanted: [pool: string, slots: number][], held?: Lease): BlockReason | null {
  const blocks = wanted.flatMap(([poolKey, slots]) => {
    const [limit, own] = [state.limits[poolKey]!, held?.slots[poolKey] ?? 0]
    // What the step holds itself is in nobody's way.
    const claimed = used(state, poolKey) - own
    return slots > own && limit >= 0 && claimed + slots > limit
      ? [{ poolKey, claimed, limit, unsatisfiable: slots > limit }]
      : []
  })
  const [first] = blocks
  if (!first) return null
  const { poolKey, claimed, limit } = first
  const several = blocks.length > 1
  return {
    kind: several ? 'pools_full' : 'pool_full',
    poolKey,
    claimed,
    limit,
    pools: several ? blocks.map(({ poolKey, claimed, limit }) => ({ poolKey, claimed, limit })) : [],
    unsatisfiable: blocks.some(({ unsatisfiable }) => unsatisfiable),
    reserved: false,
  }
}

/** The step's lease, unless another grant is meant. */
function named({ leases }: Pools, step: string, token: number | null | undefined): Lease | undefined {
  const lease = leases[step]
  return token === undefined || token === null || lease?.token === token ? lease : undefined
}

const withLease = (state: Pools, step: string, lease: Lease | null): Pools => {
  const { [step]: _, ...others } = state.leases
  return alive({ ...state, leases: lease ? sorted({ ...others, [step]: lease }) : others })
}

const alive = (state: Pools): Pools => {
  const live = Object.entries(state.leases).filter(([, { expiresAt }]) => expiresAt > state.now)
  return { ...state, leases: Object.fromEntries(live) }
}

const used = (state: Pools, pool: string): number =>
  sum(Object.values(state.leases).map(({ slots }) => slots[pool] ?? 0))
const rows = (lease: Lease | undefined): number => Object.keys(lease?.slots ?? {}).length
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)

/** The same in the same order, so that equal states are written equally. */
const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)))
