import type { Step } from '../reading/recording.js'

/**
 * One call in both languages: `input` has Python's parameters by name, for those who follow what happens; `args` are the
 * same as ours take them. Placeholders are still in both.
 */
export interface Call {
  /** The reference's name, without the marks of its asynchronous and its internal form. */
  readonly op: string
  readonly method: string
  readonly input: Readonly<Record<string, unknown>>
  readonly args: readonly unknown[]
  /** On another storage in memory. */
  readonly elsewhere: boolean
  /** D26: Python's own values stood in for by the nearest of JavaScript; what comes of it says nothing. */
  readonly approximate: boolean
}

/** A step that says nothing here, and why; where a rule says so, which. */
export class NotReplayed {
  constructor(
    readonly why: string,
    readonly rule?: string,
  ) {}
}

// Python's parameters in their order; those in braces are fields of one object here. An operation that is not in this table
// takes its arguments as they come.
const SIGNATURES: Record<string, string> = {
  get_events_for_asset: 'asset_key { limit }',
  get_events_for_run: 'run_id',
  get_latest_materialization: 'asset_key { partition }',
  get_asset_record: 'asset_key',
  get_run: 'run_id',
  get_runs: '{ limit status }',
  get_ticks: 'automation_name { limit }',
  get_run_logs: 'run_id',
  kv_get: 'key',
  kv_set: 'key value',
  get_materialized_partitions: 'asset_key',
  set_pool_limit: 'pool_key limit { lease_duration }',
  get_pool_info: 'pool_key',
  get_pool_slot_holders: 'pool_key',
  cancel_queued_run: 'run_id',
  is_cancelled: 'run_id',
  request_cancellation: 'run_id',
  set_run_outcome: 'run_id { status completed_steps total_steps message }',
  claim_concurrency_slots: '{ pools run_id step_key priority lease_duration }',
  free_concurrency_slots: 'run_id step_key',
  free_concurrency_slots_for_run: 'run_id',
  renew_slot_lease: 'run_id step_key { lease_duration }',
  create_run: '{ run_id job_name status start_time priority tags block_reason node_names action config }',
}

/** D24: what a run does not have here. */
const NOT_MODELLED: readonly string[] = ['action', 'config']

export function translate({ op, args, kwargs, error }: Step): Call | NotReplayed {
  const [, plain, elsewhere] = op.match(/^(\w+)( \(another memory storage\))?$/) ?? []
  if (!plain) throw new Error(`unknown operation: ${op}`)
  const name = plain.replace(/^async_/, '').replace(/^_/, '')
  const { positional, fields } = signature(name, args.length)
  const names = [...positional, ...fields]
  if (args.length > names.length) return new NotReplayed('an argument that nothing here corresponds to', 'D26')
  const given = [...args.map((value, at) => [names[at]!, value] as const), ...Object.entries(kwargs)]
  const input: Record<string, unknown> = {}
  let approximate = false
  for (const [name, value] of given) {
    if (!names.includes(name)) return new NotReplayed(`an argument ${name} that nothing here corresponds to`, 'D26')
    const python = typeof value === 'string' ? value.match(/^<python (.*)>$/)?.[1] : undefined
    if (python === undefined) input[name] = value
    else if (error || !(python in NEAREST)) return new NotReplayed('an argument of Python alone', 'D26')
    else {
      input[name] = NEAREST[python]
      approximate = true
    }
  }
  return call(name, input, { elsewhere: elsewhere !== undefined, approximate })
}

/** The call of an operation with arguments by name. */
export function call(op: string, input: Record<string, unknown>, how: Partial<Call> = {}): Call {
  const { positional, fields } = signature(op, Object.keys(input).length)
  const args = positional.filter(name => name in input).map(name => ours(input[name]))
  const options = fields
    .filter(name => name in input && !NOT_MODELLED.includes(name))
    // None is what a parameter is by default, there.
    .filter(name => input[name] !== null)
    .map(name => [camel(name), ours(input[name])])
  if (options.length > 0 || positional.length === 0)
    args.push(...(fields.length > 0 ? [Object.fromEntries(options)] : []))
  return { op, method: camel(op), input, args, elsewhere: false, approximate: false, ...how }
}

const NEAREST: Record<string, unknown> = { True: 1, False: 0, None: null }

function signature(op: string, count: number): { positional: string[]; fields: string[] } {
  const text = SIGNATURES[op]
  if (text === undefined)
    return { positional: Array.from({ length: count }, (_, at) => `argument ${at + 1}`), fields: [] }
  const [positional = '', fields = ''] = text.split('{')
  return { positional: positional.match(/\w+/g) ?? [], fields: fields.match(/\w+/g) ?? [] }
}

export const camel = (name: string): string =>
  name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A value as ours take it: partition keys as JSON has them, the names of fields as JavaScript writes them. */
export function ours(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(ours)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  if ('json' in value && 'display' in value) return value.json
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [camel(name), ours(field)]))
}
