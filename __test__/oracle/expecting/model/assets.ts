import type { Rules } from './model.js'
import type { Edges, Judged } from './staleness.js'

export interface EventRow {
  id: string
  event_type: string
  asset_key: string | null
  run_id: string
  partition_key: { display: string } | null
  timestamp: unknown
  data_version: string | null
  input_data_versions_given_to_store_events?: [string, string][]
}

interface Asset extends Judged {
  last_event_id: string | null
  last_run_id: string | null
  last_timestamp: unknown
  /** When, and of which partition, the event was that the record shows. */
  shown: number
  partition: string | null
}

const UNMADE = {
  last_run_id: null,
  last_timestamp: null,
  last_data_version: null,
  last_materialization_code_version: null,
  last_input_data_versions: [],
}

/** What asset records show of their events, and what is stamped on those. */
export class Assets {
  readonly #rules: Rules
  readonly #time: (time: unknown) => number
  readonly #assets = new Map<string, Asset>()
  readonly #stamps = new Map<string, object>()
  edges: Edges = []

  constructor(rules: Rules, time: (time: unknown) => number) {
    this.#rules = rules
    this.#time = time
  }

  register(asset_key: string, code_version: string | null): void {
    const known = this.#assets.get(asset_key)
    const unmade = { ...UNMADE, asset_key, last_event_id: null, shown: -Infinity, partition: null }
    this.#assets.set(asset_key, { ...(known ?? unmade), code_version })
  }

  store(event: EventRow): void {
    const asset = this.#assets.get(event.asset_key ?? '')
    const inputs = event.input_data_versions_given_to_store_events ?? []
    if (event.event_type === 'Materialization') {
      this.#stamps.set(event.id, { code_version: asset?.code_version ?? null, input_data_versions: inputs })
    }
    const shown = asset && this.#shownBy(event, asset, inputs)
    if (shown) this.#assets.set(asset.asset_key, { ...asset, ...shown, last_event_id: event.id })
  }

  #shownBy(event: EventRow, asset: Asset, inputs: [string, string][]): Partial<Asset> | undefined {
    const time = this.#time(event.timestamp)
    const partition = event.partition_key?.display ?? null
    // D25: there, whatever was stored last.
    if (this.#rules.has('D25') && time < asset.shown) return undefined
    const at = { shown: time, partition }
    const seen = { ...at, last_timestamp: event.timestamp, last_data_version: event.data_version }
    if (event.event_type === 'Observation') return seen
    if (event.event_type === 'Materialization') {
      const made = { last_materialization_code_version: asset.code_version, last_input_data_versions: inputs }
      return { ...seen, ...made, last_run_id: event.run_id }
    }
    const isDeleted = event.event_type === 'Deletion' && (partition === null || partition === asset.partition)
    return isDeleted ? { ...at, ...UNMADE } : undefined
  }

  /** The records, as far as events change them. */
  records(): Judged[] {
    return [...this.#assets.values()].map(({ shown: _shown, partition: _partition, ...record }) => record)
  }

  /** D16: there, materializations did not know what they were made with. */
  stamped(recorded: unknown): unknown {
    if (Array.isArray(recorded)) return recorded.map(item => this.stamped(item))
    if (typeof recorded !== 'object' || recorded === null) return recorded
    const { $one_of: choices, id, code_version, input_data_versions: inputs } = recorded as Record<string, unknown>
    if (choices) return { $one_of: this.stamped(choices) }
    const isBare = code_version === null && [inputs].flat(2).every(input => input === undefined)
    const stamp = this.#rules.has('D16') && isBare ? this.#stamps.get(String(id)) : undefined
    return { ...recorded, ...stamp }
  }
}
