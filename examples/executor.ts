// Runs what is due: inputs first, so many steps at a time, each within the slots of its pools.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SlotLease, Storage } from 'rivers-storage'
import type { Asset, Graph } from './assets.js'
import type { Results } from './data.js'
import { codeVersion, inputVersions, stepsDue, type Step } from './plan.js'
import type { Progress } from './report.js'
import type { Utilisation } from './utilisation.js'

export interface Options {
  graph: Graph
  utilisation: Utilisation
  /** Milliseconds that each step takes longer than it has to, so that one can watch. */
  pace: number
}

/**
 * Ends the runs of an executor that was killed. An embedded store has one process at a time, so whatever still runs here
 * runs nowhere. Without this their slots would be free a lease later, and the runs would seem to go on for ever.
 */
export async function endAbandonedRuns(storage: Storage): Promise<number> {
  const abandoned = [
    ...(await storage.getRuns({ status: 'NotStarted' })),
    ...(await storage.getRuns({ status: 'Started' })),
  ]
  for (const { runId } of abandoned) {
    const { completedSteps, totalSteps } = await storage.getRunProgress(runId)
    const message = 'the executor was killed'
    await storage.setRunOutcome(runId, { status: 'Failure', completedSteps, totalSteps, message })
    await storage.freeConcurrencySlotsForRun(runId)
  }
  return abandoned.length
}

/** One run that brings the stale assets up to date. False when a step failed. */
export async function runOnce(
  storage: Storage,
  results: Results,
  stale: Asset[],
  progress: Progress,
  options: Options,
): Promise<boolean> {
  const runId = randomUUID()
  await storage.createRun({ runId, nodeNames: stale.map(asset => asset.key), tags: [['example', 'executor']] })
  if (!(await storage.tryStartRun(runId))) throw new Error(`run ${runId} was started by somebody else`)
  const run = new Run(storage, results, progress, options, runId)
  try {
    return await run.toItsEnd()
  } finally {
    await storage.freeConcurrencySlotsForRun(runId)
  }
}

class Run {
  readonly #made = new Map<string, Promise<boolean>>()
  readonly #failed: string[] = []
  #steps = 0
  #freeWorkers: number
  readonly #waitingForWorker: (() => void)[] = []

  constructor(
    readonly storage: Storage,
    readonly results: Results,
    readonly progress: Progress,
    readonly options: Options,
    readonly runId: string,
  ) {
    this.#freeWorkers = options.graph.workers
  }

  async toItsEnd(): Promise<boolean> {
    await Promise.all(this.options.graph.assets.map(asset => this.#make(asset)))
    const completedSteps = this.#steps - this.#failed.length
    const outcome = { completedSteps, totalSteps: this.#steps }
    if (this.#failed.length === 0) await this.storage.setRunOutcome(this.runId, { status: 'Success', ...outcome })
    else {
      const message = `failed: ${this.#failed.join(', ')}`
      await this.storage.setRunOutcome(this.runId, { status: 'Failure', ...outcome, message })
    }
    return this.#failed.length === 0
  }

  #asset(key: string): Asset {
    return this.options.graph.assets.find(asset => asset.key === key)!
  }

  /** Makes an asset after its inputs, once. What is due is asked only then: an input that came out the same makes nothing stale. */
  #make(asset: Asset): Promise<boolean> {
    const made = this.#made.get(asset.key) ?? this.#makeAfterInputs(asset)
    this.#made.set(asset.key, made)
    return made
  }

  async #makeAfterInputs(asset: Asset): Promise<boolean> {
    const inputs = await Promise.all(asset.inputs.map(key => this.#make(this.#asset(key))))
    if (inputs.includes(false)) return false
    const steps = await stepsDue(this.storage, asset)
    this.#steps += steps.length
    const ended = await Promise.all(steps.map(step => this.#withWorker(() => this.#step(step))))
    return !ended.includes(false)
  }

  async #withWorker<T>(work: () => Promise<T>): Promise<T> {
    if (this.#freeWorkers > 0) this.#freeWorkers -= 1
    else await new Promise<void>(resolve => this.#waitingForWorker.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waitingForWorker.shift()
      if (next) next()
      else this.#freeWorkers += 1
    }
  }

  async #step(step: Step): Promise<boolean> {
    const { storage, runId } = this
    const { utilisation } = this.options
    const claim = { runId, stepKey: step.key, pools: step.asset.pool }
    this.progress.waits(step.key)
    try {
      await storage.withSlots(claim, lease => utilisation.during(step.asset.pool, () => this.#work(step, lease)))
      this.progress.ended(step.key, await storage.getRunProgress(runId))
      return true
    } catch (error) {
      this.#failed.push(step.key)
      this.progress.failed(step.key, error)
      const metadata: [string, string][] = [['error', String(error)]]
      await storage.storeEvent({ eventType: 'StepFailure', runId, assetKey: step.key, metadata })
      return false
    }
  }

  /** Its events are stored only while the lease is live: a step that lost its slots leaves no mark. */
  async #work({ asset, partition, key }: Step, lease: SlotLease): Promise<void> {
    const { storage, results, runId } = this
    await storage.storeEvent({ eventType: 'StepStart', runId, assetKey: key }, { lease })
    this.progress.started(key)

    const inputs = await inputVersions(storage, asset)
    const read = (input: string) => results.rows(input, this.#asset(input).partitions)
    const rows = await asset.make(read, partition ?? '')
    await sleep(this.options.pace)

    const result = { codeVersion: await codeVersion(storage, asset.key), inputs, rows }
    const dataVersion = await results.save(asset.key, partition, result)
    // Together: a step is done when its data is known, and the other way round.
    await storage.storeEvents(
      [
        {
          eventType: 'Materialization',
          runId,
          assetKey: asset.key,
          partitionKey: partition,
          dataVersion,
          inputDataVersions: inputs,
          metadata: [['rows', String(rows.length)]],
        },
        { eventType: 'StepSuccess', runId, assetKey: key },
      ],
      { lease },
    )
  }
}
