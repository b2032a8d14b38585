import { formatPartitionKey, type PartitionKey } from 'rivers-storage'
import type { Clock } from '../replaying/clock.js'

/** What ours answered, in the words of the recordings. */
export function inTheirWords(op: string, answer: unknown, clock: Clock): unknown {
  if (op === 'compute_staleness') return stalenessRows(Object.entries(answer as Record<string, Staleness>))
  const told = words(answer)
  if (op === 'get_run_progress') {
    const { completed_steps, total_steps } = told as Record<string, number>
    return [completed_steps, total_steps]
  }
  if (op === 'get_pool_slot_holders') return (told as Holder[]).map(holder => ({ ...holder, ...span(holder, clock) }))
  return told
}

/** What was recorded, in the same shape. */
export function inOneShape(op: string, recorded: unknown): unknown {
  if (!/^(async_)?compute_staleness$/.test(op) || typeof recorded !== 'object' || recorded === null) return recorded
  const pairs = Object.entries(recorded as Record<string, [string, unknown[]]>)
  return stalenessRows(pairs.map(([key, [status, causes]]) => [key, { status, causes }]))
}

interface Staleness {
  status: string
  causes: unknown[]
}
interface Holder {
  claimed_at: number
  lease_expires_at: number
}

/** Rows, so that one too many is seen. */
function stalenessRows(assets: [string, Staleness][]): unknown[] {
  return assets
    .map(([asset_key, { status, causes }]) => ({ asset_key, status, causes: words(causes) }))
    .toSorted((one, other) => byCodePoint(one.asset_key, other.asset_key))
}

function span({ claimed_at, lease_expires_at }: Holder, clock: Clock): Record<string, number> {
  return {
    lease_minus_claimed_secs_floor: Math.floor((lease_expires_at - claimed_at) / 1000),
    lease_remaining_secs_ceil: Math.ceil((lease_expires_at - clock.now()) / 1000),
  }
}

function words(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(words)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  if (isPartitionKey(value)) return { json: value, display: formatPartitionKey(value) }
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [snake(name), inTheirUnit(name, words(field))]),
  )
}

/** D2: seconds were whole, there. */
const inTheirUnit = (name: string, field: unknown): unknown =>
  name === 'leaseDurationSecs' && typeof field === 'number' ? Math.floor(field) : field

const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

function isPartitionKey(value: object): value is PartitionKey {
  const [name, ...others] = Object.keys(value)
  return others.length === 0 && name !== undefined && ['single', 'multi', 'set'].includes(name)
}

/** Code points, not UTF-16 units: the order of UTF-8 bytes. */
export const byCodePoint = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))
