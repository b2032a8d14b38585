// Small graphs for the executors of the example, and what became of their runs.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import { Storage, type MemoryOptions, type RunOutcomeInput, type StoredEvent } from 'rivers-storage'
import { asyncExecutor } from '../../examples/executors/async.js'
import type { Executor } from '../../examples/executors/executor.js'
import { inProcessExecutor } from '../../examples/executors/in-process.js'
import { parallelExecutor } from '../../examples/executors/parallel.js'
import type { Asset, Graph } from '../../examples/graph.js'
import { runOnce } from '../../examples/lifecycle.js'
import { register, resultVersions, staleAssets } from '../../examples/plan.js'
import type { StepListener } from '../../examples/report.js'
import { Results } from '../../examples/results.js'
import type { RunOptions } from '../../examples/run.js'
import { Utilisation } from '../../examples/utilisation.js'
import { inTempDir } from '../helpers/temp.js'

export const EXECUTORS = { 'in-process': inProcessExecutor(), async: asyncExecutor, parallel: parallelExecutor }
export type ExecutorName = keyof typeof EXECUTORS
export const NAMES = Object.keys(EXECUTORS) as ExecutorName[]

const asset = (key: string, inputs: string[] = [], partitions: string[] | null = null): Asset => ({
  key,
  group: 'numbers',
  kinds: [],
  tags: [],
  pool: [['cpu', 1]],
  inputs,
  partitions,
})

export const graphOf = (...assets: Asset[]): Graph => ({
  assets,
  code: join(__dirname, 'steps.ts'),
  pools: { cpu: 2 },
  workers: 4,
  pace: 0,
})

const numbers = [asset('numbers'), asset('times', ['numbers'], ['2', '3', '5']), asset('total', ['times'])]
export const SUMS = graphOf(...numbers)
export const BROKEN = graphOf(...numbers, asset('broken', ['numbers']), asset('after_broken', ['broken']))
export const ONE = graphOf(asset('numbers'))
export const DEAF = graphOf(asset('deaf'))

export interface Place {
  storage: Storage
  results: Results
}

/** A store of its own, with a folder for results. */
export const inMemory = <T>(work: (place: Place) => Promise<T>, options?: MemoryOptions): Promise<T> =>
  inTempDir(async dir => {
    await using storage = await Storage.memory(options)
    return await work({ storage, results: new Results(dir) })
  })

export const onDisk = <T>(work: (place: Place) => Promise<T>): Promise<T> =>
  inTempDir(async dir => {
    await using storage = await Storage.embedded(join(dir, 'store'), { durability: 'relaxed' })
    return await work({ storage, results: new Results(join(dir, 'results')) })
  })

export function onBoth(title: string, scenario: (t: ExecutionContext, place: Place) => Promise<void>): void {
  test(`${title} (memory)`, t => inMemory(place => scenario(t, place)))
  test(`${title} (embedded)`, t => onDisk(place => scenario(t, place)))
}

export interface Setting extends Partial<Omit<RunOptions, 'graph' | 'progress' | 'runId'>> {
  executor: Executor
  graph: Graph
  /** Called when a step has started: `worker` is its process. */
  started?: (step: string, attempt: number, worker: number | undefined) => void
}

export interface Executed {
  outcome: RunOutcomeInput
  events: StoredEvent[]
  /** The steps that have such an event, by key. */
  steps(type: StoredEvent['eventType']): string[]
}

/** Brings the graph up to date, and checks what holds after every run. */
export async function execute(
  t: ExecutionContext,
  { storage, results }: Place,
  { executor, graph, started, ...options }: Setting,
): Promise<Executed> {
  register(storage, graph)
  const attempts = new Map<string, number>()
  const progress: StepListener = {
    waits: step => attempts.set(step, (attempts.get(step) ?? 0) + 1),
    started: (step, worker) => started?.(step, attempts.get(step)!, worker),
    ended: () => {},
    skipped: () => {},
    failed: () => {},
  }
  const utilisation = new Utilisation(graph.pools)
  const outcome = await runOnce(storage, results, staleAssets(storage, graph), executor, {
    runId: randomUUID(),
    pace: () => 0,
    timeout: 60_000,
    ...options,
    graph,
    progress,
    utilisation,
  })
  const [run] = storage.getRunsSync()
  t.deepEqual(storage.getRunOutcomeSync(run!.runId), { message: null, ...outcome })
  requireNothingHeld(t, storage)
  const events = storage.getEventsForRunSync(run!.runId)
  const steps = (type: StoredEvent['eventType']): string[] =>
    events
      .filter(({ eventType }) => eventType === type)
      .map(event => event.assetKey!)
      .toSorted()
  return { outcome, events, steps }
}

export function requireNothingHeld(t: ExecutionContext, storage: Storage): void {
  for (const { poolKey, claimedCount, pendingCount } of storage.getAllPoolInfosSync())
    t.deepEqual([claimedCount, pendingCount], [0, 0], `pool ${poolKey}`)
}

export const versions = (storage: Storage, { assets }: Graph): Record<string, string> =>
  Object.fromEntries(assets.flatMap(asset => resultVersions(storage, asset)))

/** The data versions of an undisturbed run. It takes a folder: not to be called inside of `inMemory` or `onBoth`. */
export const expectedVersions = (t: ExecutionContext, graph: Graph): Promise<Record<string, string>> =>
  inMemory(async place => {
    await execute(t, place, { executor: EXECUTORS['in-process'], graph })
    return versions(place.storage, graph)
  })
