// One run: what its executor asks for, and what it records of the steps.
import type { LeaseRef, RunOutcomeInput, SlotClaim, Storage } from 'rivers-storage'
import type { Asset, Graph } from './graph.js'
import { codeVersion, inputVersions, isDue, LEASE_MS, resultVersions, stepsDue, type Step } from './plan.js'
import { stepFailed, stepMade } from './record.js'
import type { StepListener } from './report.js'
import type { Results, Staged } from './results.js'
import { afterFailure } from './retry.js'
import type { Utilisation } from './utilisation.js'
import type { Task } from './work.js'

/** How often a cancellation is looked for while the event loop turns. */
const CANCELLATION_CHECK_MS = 100

export interface RunOptions {
  runId: string
  graph: Graph
  progress: StepListener
  utilisation: Utilisation
  /** Milliseconds that an attempt waits for something outside. */
  pace(step: string, attempt: number): number
  /** Milliseconds after which an attempt is ended. */
  timeout: number
}

/** What an executor is given: the plan, what to record, and whether to go on. */
export class Run {
  readonly failed: string[] = []
  readonly #unmade = new Set<string>()
  /** Steps that another executor made. */
  readonly #madeElsewhere = new Set<string>()
  readonly #cancellation = new AbortController()
  readonly #timer: NodeJS.Timeout
  #steps = 0
  #made = 0
  #isStopped = false

  constructor(
    readonly storage: Storage,
    readonly results: Results,
    readonly options: RunOptions,
  ) {
    this.#timer = setInterval(() => this.isCancelled(), CANCELLATION_CHECK_MS)
  }

  get runId(): string {
    return this.options.runId
  }

  /** Aborts soon after the run's cancellation was requested, if the event loop turns. */
  get signal(): AbortSignal {
    return this.#cancellation.signal
  }

  isCancelled(): boolean {
    if (!this.signal.aborted && this.storage.isCancelledSync(this.runId))
      this.#cancellation.abort(new Error('the run was cancelled'))
    return this.signal.aborted
  }

  /**
   * The steps of an asset whose inputs are made: none if an input failed or the run is cancelled. To be asked late,
   * since an input that came out the same makes nothing stale.
   */
  due(asset: Asset): Step[] {
    const isBlocked = asset.inputs.some(input => this.#unmade.has(input))
    const steps = isBlocked ? [] : stepsDue(this.storage, asset)
    this.#steps += steps.length
    if (steps.length > 0 && this.isCancelled()) this.#isStopped = true
    if (isBlocked || this.#isStopped) this.#unmade.add(asset.key)
    return this.#isStopped ? [] : steps
  }

  claim(step: Step, attempt: number): SlotClaim {
    const { runId } = this
    // A new attempt takes over a lease that an earlier one may still hold.
    return { runId, stepKey: step.key, pools: step.asset.pool, attempt: String(attempt), leaseDuration: LEASE_MS }
  }

  task({ asset, partition, key }: Step, attempt: number, { runId, stepKey, token }: LeaseRef): Task {
    const { storage, options } = this
    const inputs = options.graph.assets.filter(({ key }) => asset.inputs.includes(key))
    return {
      asset: asset.key,
      partition,
      code: options.graph.code,
      codeVersion: codeVersion(storage, asset.key),
      results: this.results.dir,
      inputs: Object.fromEntries(inputs.map(({ key, partitions }) => [key, partitions])),
      inputVersions: inputs.flatMap(input => resultVersions(storage, input)),
      pace: options.pace(key, attempt),
      lease: { runId, stepKey, token },
    }
  }

  /**
   * To be asked when the slots are granted: on a server, another executor may have made the step while this one waited. Both
   * make it if both have slots for it at once, with the same result.
   */
  isMadeElsewhere(step: Step): boolean {
    if (this.storage.type !== 'Remote' || isDue(this.storage, step)) return false
    this.#madeElsewhere.add(step.key)
    return true
  }

  /** Publishes what a live lease made, and gives the events that are to be stored with that lease. */
  publish(step: Step, staged: Staged) {
    this.results.publish(step.asset.key, step.partition, staged)
    return stepMade(this.runId, step, inputVersions(this.storage, step.asset), staged)
  }

  succeeded(step: Step): void {
    if (this.#madeElsewhere.has(step.key)) {
      this.#steps -= 1
      this.options.progress.skipped(step.key)
      return
    }
    this.#made += 1
    this.options.progress.ended(step.key, this.storage.getRunProgressSync(this.runId))
  }

  /** Records a failed attempt. True: there is to be another one. */
  retries(step: Step, attempt: number, error: unknown): boolean {
    const { storage, runId, options } = this
    const decision = afterFailure(error, attempt, this.isCancelled())
    options.progress.failed(step.key, decision, error)
    if (decision === 'retry') {
      storage.storeEventSync(stepFailed('StepRetry', runId, step, attempt, error))
      return true
    }
    if (decision === 'fail') {
      storage.storeEventSync(stepFailed('StepFailure', runId, step, attempt, error))
      this.failed.push(step.key)
    } else this.#isStopped = true
    this.#unmade.add(step.asset.key)
    return false
  }

  get outcome(): RunOutcomeInput {
    const counts = { completedSteps: this.#made, totalSteps: this.#steps }
    if (this.failed.length > 0) return { status: 'Failure', ...counts, message: `failed: ${this.failed.join(', ')}` }
    return { status: this.#isStopped ? 'Cancelled' : 'Success', ...counts }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
