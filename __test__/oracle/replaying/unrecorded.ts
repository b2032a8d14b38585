import type { Step } from '../reading/recording.js'
import type { World } from './world.js'
import { creation, ending, storing, ticking, type Write } from './writes.js'

type Row = Record<string, unknown>

/** Whether the step wrote what its recording does not say: that is then known only from what is read afterwards. */
export function wroteUnrecorded({ op, args, writes, error }: Step): boolean {
  if (error) return false
  if (op === '$note') return /unrecorded/.test(String(args[0]))
  return op === '$daemon' || (Array.isArray(writes) && writes.length === 0)
}

/**
 * Writes that make what the following steps read, up to the next that wrote something unrecorded. Only rows whose ids no
 * other write accounts for are made, so that reading them back shows how they are listed, and nothing else is hidden.
 */
export async function reconstructed(
  following: readonly Step[],
  world: World,
  partitionsOf: (asset: string) => Promise<Set<string>>,
): Promise<Write[]> {
  const end = following.findIndex(wroteUnrecorded)
  const reads = end < 0 ? following : following.slice(0, end)
  const written = JSON.stringify(following.map(({ writes }) => writes ?? null))
  const isNew = (name: unknown): name is string =>
    typeof name === 'string' && /^\$id\d+$/.test(name) && !world.isBound(name) && !written.includes(`"${name}"`)

  const events = new Map<string, Row>()
  const ticks = new Map<string, Row>()
  const runs = new Map<string, Row>()
  const partitions: Row[] = []
  for (const { op, args, result } of reads) {
    const rows = [result]
      .flat()
      .filter((row): row is Row => typeof row === 'object' && row !== null && !Buffer.isBuffer(row))
    for (const row of rows) {
      if (isNew(row['id']) && 'event_type' in row) setFirst(events, row['id'], row)
      if (isNew(row['id']) && 'automation_name' in row) setFirst(ticks, row['id'], row)
      if (isNew(row['run_id']) && 'start_time' in row) setFirst(runs, row['run_id'], row)
    }
    if (op !== 'get_materialized_partitions' || !Array.isArray(result)) continue
    const there = await partitionsOf(String(args[0]))
    for (const key of result.map(partitionKey)) {
      if (there.has(key.display) || written.includes(JSON.stringify(key.json))) continue
      partitions.push({ ...MATERIALIZATION, asset_key: args[0], partition_key: key })
    }
  }
  const inTime = (rows: Map<string, Row>): Row[] =>
    [...rows.values()].toSorted((one, other) => world.time(one['timestamp']) - world.time(other['timestamp']))
  return [
    ...[...runs.values()].flatMap(run => [creation(run), ...ending(run)]),
    ...(events.size > 0 ? [storing(inTime(events))] : []),
    ...(ticks.size > 0 ? [ticking(inTime(ticks))] : []),
    ...(partitions.length > 0 ? [storing(partitions)] : []),
  ]
}

function setFirst(rows: Map<string, Row>, id: string, row: Row): void {
  if (!rows.has(id)) rows.set(id, row)
}

const MATERIALIZATION = { event_type: 'Materialization', run_id: 'unrecorded', metadata: [], data_version: null }

/** A single key may be recorded as its display form alone. */
function partitionKey(recorded: unknown): { json: unknown; display: string } {
  const display = String(recorded)
  return typeof recorded === 'string'
    ? { json: { single: [display] }, display }
    : (recorded as { json: unknown; display: string })
}
