import { isDeepStrictEqual } from 'node:util'
import { Refusal } from '../../translating/errors.js'
import type { Rules } from './model.js'

export type RunRow = Record<string, unknown> & { run_id: string; status: string }
export interface Outcome {
  status: string
  completed_steps: number
  total_steps: number
  message?: string | null
}

/** The store's own time, whenever that was. */
export const aTime = (ours: unknown): boolean => Number.isSafeInteger(ours)

const TERMINAL = ['Success', 'Failure', 'Canceled']
const WAITING = ['Queued', 'NotStarted']

/** Runs by id, how they ended, and who asked to cancel them. */
export class Runs {
  readonly #rules: Rules
  readonly #runs = new Map<string, RunRow & { location: string }>()
  readonly outcomes = new Map<string, Outcome>()
  readonly cancelled = new Set<string>()

  constructor(rules: Rules) {
    this.#rules = rules
  }

  create(location: string, given: Record<string, unknown>): Refusal | null {
    const run = { ...DEFAULTS, ...given, job_name: given['job_name'] || null, location } as unknown as RunRow & {
      location: string
    }
    // D2: such a time does not fit into a number here.
    if (this.#rules.has('D2') && typeof run['start_time'] === 'bigint') return null
    const known = this.#runs.get(run.run_id)
    if (!known) this.#runs.set(run.run_id, run)
    // D15: the second of two was lost silently, there.
    else if (this.#rules.has('D15') && !isSame(known, { ...given, job_name: run['job_name'], location })) {
      return new Refusal('ERR_CONFLICT', run.run_id)
    }
    return null
  }

  /** Whether the run is over by this. */
  setOutcome(runId: string, outcome: Outcome): boolean {
    this.outcomes.set(runId, outcome)
    const run = this.#runs.get(runId)
    // D12: the run's own row knew nothing of it, there.
    if (!run || !this.#rules.has('D12')) return false
    this.#end(run, outcome.status === 'Cancelled' ? 'Canceled' : outcome.status)
    return true
  }

  /** Whether it answers true, and whether it takes the run out of the queues. */
  cancelQueued(runId: string): { answer: boolean; leaves: boolean } {
    const run = this.#runs.get(runId)
    const isMine = run !== undefined && WAITING.includes(run.status)
    if (isMine) this.#end(run, 'Canceled')
    // D13: there, whether it is cancelled now, and its waiters went in any case.
    if (this.#rules.has('D13')) return { answer: isMine, leaves: isMine }
    return { answer: run?.status === 'Canceled', leaves: true }
  }

  get(runId: string): RunRow | null {
    const run = this.#runs.get(runId)
    return run ? this.#shown(run) : null
  }

  /** In the order of their creation. */
  list(location: string, status?: string): RunRow[] {
    const runs = [...this.#runs.values()].filter(run => run.location === location)
    return runs.filter(run => !status || run.status === status).map(run => this.#shown(run))
  }

  #end(run: RunRow, status: string): void {
    const ended = TERMINAL.includes(run.status) ? run['end_time'] : null
    Object.assign(run, { status, end_time: ended ?? aTime })
    // Whoever is over does not wait for anything.
    if (this.#rules.has('D12')) run['block_reason'] = null
  }

  #shown({ location: _location, ...run }: RunRow & { location: string }): RunRow {
    if (!this.#rules.has('D24')) return run
    const { action: _action, config: _config, ...known } = run
    return known
  }
}

const DEFAULTS = {
  job_name: null,
  status: 'NotStarted',
  end_time: null,
  tags: [],
  node_names: [],
  priority: 0,
  partition_key: null,
  block_reason: null,
  launched_by: { kind: 'manual', name: null, backfill_id: null, user: null },
}

/** Whatever is given of it, except what its life has changed since. */
function isSame(known: Record<string, unknown>, given: Record<string, unknown>): boolean {
  const fixed = Object.entries(given).filter(([name]) => !['status', 'end_time', 'action', 'config'].includes(name))
  return fixed.every(([name, value]) => isDeepStrictEqual(known[name], value))
}
