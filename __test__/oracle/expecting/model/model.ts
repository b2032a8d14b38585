import type { Call } from '../../translating/calls.js'
import { Refusal } from '../../translating/errors.js'
import { Assets, type EventRow } from './assets.js'
import { kept, reserved } from './kv.js'
import { Pools } from './pools.js'
import type { Want } from './queue.js'
import { Runs, type Outcome, type RunRow } from './runs.js'
import { byFixpoint, byOrder, type Edges } from './staleness.js'

/** Which rules of DEVIATIONS.md are in force. */
export type Rules = ReadonlySet<string>

export interface Conversions {
  /** A time of the recording, as a number. */
  time(time: unknown): number
  /** A duration of the recording, in milliseconds. */
  span(duration: unknown): number
}

/** Arguments by name: those of the operation are there. */
interface Input {
  pool_key: string
  limit: number
  pools: Want[]
  run_id: string
  step_key: string
  priority?: number
  lease_duration?: unknown
  status?: string
  key: string
  value: Buffer
  asset_key: string
  assets: Registered[]
  topology: unknown
  events: EventRow[]
}
type Answer = (input: Input, recorded: unknown) => unknown

/**
 * The reference, as far as ours differs from it. Without rules it answers as was recorded; with a rule in force it answers
 * as ours do where the rule says so. It has no answer to calls that no rule is about.
 */
export class Model {
  readonly #rules: Rules
  readonly #convert: Conversions
  readonly #runs: Runs
  readonly #scopes = new Map<string, Scope>()
  readonly #keys = new Map<string, Buffer>()
  #now = 0
  /** Code location. */
  location = 'default'

  constructor(rules: Rules, convert: Conversions) {
    this.#rules = rules
    this.#convert = convert
    this.#runs = new Runs(rules)
  }

  pass(ms: number): void {
    this.#now += ms
    for (const { pools } of this.#scopes.values()) pools.now += ms
  }

  /** `recorded` is what was: it may say the same with changes. */
  answer({ op, input }: Call, recorded: unknown): unknown {
    return this.#answers[op]?.(input as unknown as Input, recorded)
  }

  readonly #answers: Record<string, Answer> = {
    set_pool_limit: ({ pool_key, limit, lease_duration }) => {
      this.#here.pools.setLimit(pool_key, limit, this.#span(lease_duration))
    },
    claim_concurrency_slots: ({ pools, run_id, step_key, priority, lease_duration }) =>
      this.#here.pools.claim({ run: run_id, step: step_key, pools, priority, lease: this.#span(lease_duration) }),
    renew_slot_lease: ({ run_id, step_key, lease_duration }) =>
      this.#everywhere(pools => pools.renew(run_id, step_key, this.#span(lease_duration))),
    free_concurrency_slots: ({ run_id, step_key }) => void this.#everywhere(pools => pools.free(run_id, step_key)),
    free_concurrency_slots_for_run: ({ run_id }) => void this.#everywhere(pools => pools.free(run_id)),
    free_expired_leases: () => this.#everywhere(pools => pools.freeExpired()),
    get_all_pool_infos: () => this.#here.pools.infos(),
    get_pool_info: ({ pool_key }) => this.#here.pools.infos().find(info => info.pool_key === pool_key),
    get_pool_slot_holders: ({ pool_key }) => this.#here.pools.holders(pool_key),

    create_run: input => this.#runs.create(this.location, { ...input }),
    get_run: ({ run_id }) => this.#runs.get(run_id),
    get_runs: ({ limit = 100, status }) => this.#newestRuns(status).slice(0, limit),
    get_queued_runs: () => this.#newestRuns('Queued'),
    set_run_outcome: ({ run_id, ...outcome }) => {
      if (this.#runs.setOutcome(run_id, outcome as unknown as Outcome)) this.#everywhere(pools => pools.free(run_id))
    },
    cancel_queued_run: ({ run_id }) => {
      const { answer, leaves } = this.#runs.cancelQueued(run_id)
      if (leaves) this.#everywhere(pools => pools.leaveQueues(run_id))
      return answer
    },
    request_cancellation: ({ run_id }) => void this.#runs.cancelled.add(run_id),
    is_cancelled: ({ run_id }) => this.#runs.cancelled.has(run_id),

    kv_set: ({ key, value }) => this.#setKey(key, value),
    kv_get: ({ key }) => this.#getKey(key),

    register_assets: ({ assets }) => {
      for (const { asset_key, code_version } of assets) this.#here.assets.register(asset_key, code_version)
    },
    set_graph_topology: ({ topology }) => void (this.#here.topology = topology),
    store_events: ({ events }) => {
      for (const event of events) this.#here.assets.store(event)
    },
    get_asset_record: ({ asset_key }) => this.#here.assets.records().find(record => record.asset_key === asset_key),
    get_asset_records: () => this.#here.assets.records(),
    get_assets_by_tag: (_, recorded) => this.#records(recorded),
    get_assets_by_kind: (_, recorded) => this.#records(recorded),
    get_assets_by_group: (_, recorded) => this.#records(recorded),
    get_events_for_asset: (_, recorded) => this.#here.assets.stamped(recorded),
    get_events_for_run: (_, recorded) => this.#here.assets.stamped(recorded),
    get_latest_materialization: (_, recorded) => this.#here.assets.stamped(recorded),
    compute_staleness: () => this.#staleness(),
  }

  #everywhere(act: (pools: Pools) => number | void): number {
    return [...this.#scopes.values()].reduce((sum, { pools }) => sum + (act(pools) ?? 0), 0)
  }

  get #here(): Scope {
    const known = this.#scopes.get(this.location)
    if (known) return known
    const pools = Object.assign(new Pools(this.#rules), { now: this.#now })
    const scope: Scope = { pools, assets: new Assets(this.#rules, this.#convert.time), topology: undefined }
    this.#scopes.set(this.location, scope)
    return scope
  }

  #span = (duration: unknown): number | undefined =>
    duration === undefined || duration === null ? undefined : this.#convert.span(duration)

  #newestRuns(status: string | undefined): RunRow[] {
    const time = (run: RunRow): number => this.#convert.time(run['start_time'])
    return this.#runs
      .list(this.location, status)
      .toReversed()
      .toSorted((one, other) => time(other) - time(one))
  }

  /** Of the rows recorded, no more. */
  #records(recorded: unknown): unknown {
    const keys = new Set((recorded as Registered[]).map(record => record.asset_key))
    return this.#here.assets.records().filter(record => keys.has(record.asset_key))
  }

  #setKey(key: string, value: Buffer): void {
    this.#keys.set(key, value)
    const own = reserved(key)
    // D14: there, it is the same key.
    if (!own || this.#rules.has('D14')) return
    if (own.kind === 'cancel') this.#runs.cancelled.add(own.of)
    if (own.kind === 'graph_topology' && own.of === this.location) this.#here.topology = value.toString()
  }

  #getKey(key: string): unknown {
    if (!reserved(key)) return undefined
    const user = this.#keys.get(key) ?? null
    return this.#rules.has('D14') ? user : (user ?? kept(key, this.#runs, () => this.#here.topology))
  }

  #staleness(): unknown {
    const { assets, topology } = this.#here
    let edges: Edges = []
    try {
      // D14: there, whatever is kept under the key of the topology is read as one.
      if (topology !== undefined) edges = [...edgesOf(topology)]
    } catch {
      return new Refusal()
    }
    const judge = this.#rules.has('D17') ? byFixpoint : byOrder
    return judge(assets.records(), edges)
  }
}

interface Scope {
  pools: Pools
  assets: Assets
  /** As it was set, or as text. */
  topology: unknown
}
interface Registered {
  asset_key: string
  code_version: string | null
}

function edgesOf(topology: unknown): Edges {
  const { nodes, edges } = typeof topology === 'string' ? JSON.parse(topology) : (topology as Record<string, Edges>)
  if (!nodes) throw new TypeError('there are no nodes')
  return edges as Edges
}
