import { call, ours, type Call } from '../translating/calls.js'
import type { Step } from '../reading/recording.js'

type Row = Record<string, unknown>

/** A call behind an operation of the executor; `ids` are the placeholders of what it stores, in its order. */
export interface Write {
  readonly call: Call
  readonly ids: readonly (string | undefined)[]
}

// By how the recordings name the calls. The names go on with remarks, and with the location.
const WRITES: [RegExp, (content: never) => Write[]][] = [
  [/^register_assets\b/, (assets: Row[]) => [write('register_assets', { assets }, assets)]],
  [/^kv_set graph_topology:/, (topology: Row) => [write('set_graph_topology', { topology }, topology)]],
  [/^set_pool_limit\b/, (limits: Record<string, number>) => Object.entries(limits).map(poolLimit)],
  [/^create_run\b/, (run: Row) => [creation(run)]],
  [/^store_events\b/, (events: Row[]) => steps(events).map(storing)],
  [/^store_run_logs\b/, (logs: Row[]) => (logs.length > 0 ? [write('store_run_logs', { logs }, logs, logs)] : [])],
]

/** In the order in which they were made. */
export function writesOf(step: Step): Write[] {
  const groups = [step.writes].flat().filter(group => typeof group === 'object' && group !== null) as Row[]
  return groups.flatMap(group => {
    const writes = Object.entries(group).flatMap(([name, content]) => {
      const known = WRITES.find(([pattern]) => pattern.test(name))
      if (!known) throw new Error(`nobody knows how to replay the write '${name}'`)
      return known[1](content as never)
    })
    const [, run] = Object.entries(group).find(([name]) => name.includes('update_run_status')) ?? []
    return [...writes, ...(run ? ending(run as Row) : [])]
  })
}

export const storing = (events: Row[]): Write => write('store_events', { events }, events.map(event), events)
export const ticking = (ticks: Row[]): Write => write('store_ticks', { ticks }, ticks.map(withoutId), ticks)

/** The run as it is created: the recorded one is as it was in the end. */
export function creation(run: Row): Write {
  const { action: _action, config: _config, end_time, ...created } = run
  const status = end_time === null ? run['status'] : 'Started'
  return { call: { ...call('create_run', run), args: [ours({ ...created, status })] }, ids: [] }
}

export function ending({ run_id, status, end_time }: Row): Write[] {
  return end_time === null ? [] : [write('update_run_status', { run_id }, run_id, [], status, { end_time })]
}

function write(op: string, input: Row, first: unknown, stored: Row[] = [], ...others: unknown[]): Write {
  const args = [first, ...others].map(ours)
  return { call: { ...call(op, input), args }, ids: stored.map(row => row['id'] as string | undefined) }
}

const poolLimit = ([pool_key, limit]: [string, number]): Write => ({
  call: call('set_pool_limit', { pool_key, limit }),
  ids: [],
})

const withoutId = ({ id: _id, ...row }: Row): Row => row

function event(row: Row): Row {
  const { input_data_versions_given_to_store_events: given, code_version: _, ...rest } = withoutId(row)
  return { ...rest, input_data_versions: given ?? rest['input_data_versions'] ?? [] }
}

/** A batch per step, as the executor stored them. */
function steps(events: Row[]): Row[][] {
  const batches: Row[][] = []
  for (const event of events) {
    const last = batches.at(-1)
    if (last?.[0]!['asset_key'] === event['asset_key']) last!.push(event)
    else batches.push([event])
  }
  return batches
}
