import { byCodePoint } from '../translating/answers.js'
import type { World } from '../replaying/world.js'

type Row = Record<string, unknown>
type Order = (one: Row, other: Row, world: World) => number

/**
 * D23: the order of ours, where the reference leaves it open, and what is first of several that are equal there. Lists by
 * time are ordered by (time, order of storing), those of a catalogue by key.
 */
export function inOurOrder(op: string, recorded: unknown, world: World): unknown {
  const choices = (recorded as { $one_of?: unknown[] } | null)?.$one_of
  if (choices) {
    const sorted = sort(choices, OLDEST_FIRST, world)
    return sorted ? sorted.at(-1) : recorded
  }
  const order = ORDERS[op]
  return (order && Array.isArray(recorded) && sort(recorded, order, world)) || recorded
}

const OLDEST_FIRST: Order = (one, other, world) =>
  timeOf(one, world) - timeOf(other, world) || storedOf(one, world) - storedOf(other, world)
const NEWEST_FIRST: Order = (one, other, world) => OLDEST_FIRST(other, one, world)
const by =
  (key: (row: Row) => unknown): Order =>
  (one, other) =>
    byCodePoint(String(key(one)), String(key(other)))
const BY_ASSET = by(row => row['asset_key'])

const ORDERS: Record<string, Order> = {
  get_events_for_run: OLDEST_FIRST,
  get_run_logs: OLDEST_FIRST,
  get_events_for_asset: NEWEST_FIRST,
  get_runs: NEWEST_FIRST,
  get_queued_runs: (one, other, world) =>
    Number(other['priority']) - Number(one['priority']) ||
    timeOf(one, world) - timeOf(other, world) ||
    by(row => row['run_id'])(one, other, world),
  get_asset_records: BY_ASSET,
  get_assets_by_tag: BY_ASSET,
  get_assets_by_kind: BY_ASSET,
  get_assets_by_group: BY_ASSET,
  get_materialized_partitions: by(row => row['display']),
}

/** Nothing when the rows do not say enough to order them. */
function sort(rows: unknown[], order: Order, world: World): unknown[] | undefined {
  if (!rows.every(row => typeof row === 'object' && row !== null)) return undefined
  let known = true
  const sorted = (rows as Row[]).toSorted((one, other) => {
    const result = order(one, other, world)
    if (Number.isNaN(result)) known = false
    return result
  })
  return known ? sorted : undefined
}

const timeOf = (row: Row, world: World): number => world.time(row['timestamp'] ?? row['start_time'])
const storedOf = (row: Row, world: World): number => world.storedOrder(row['id'] ?? row['run_id']) ?? Number.NaN
