import type { EventType, NewRun, PartitionInput, Storage } from 'rivers-storage'
import type { Driver } from './driver.js'
import { Random } from './random.js'

/** What is in an eventful store, so that questions can name it. The last of each list is not stored. */
export interface Eventful {
  runs: string[]
  assets: string[]
  partitions: PartitionInput[]
  pools: string[]
  automations: string[]
  keys: string[]
}

export const TAGS = ['daily', 'ä🦀', 'raw', 'none']
export const KINDS = ['table', 'file', 'none']
export const GROUPS = ['sales', 'it’s', 'none']
export const DYNAMIC = ['customers', 'emptied', 'none']
export const EVENT_TYPES: EventType[] = [
  'Materialization',
  'Observation',
  'Deletion',
  'ActionCompleted',
  'StepStart',
  'StepSuccess',
  'StepFailure',
  'StepRetry',
]

const PARTITIONS: PartitionInput[] = [
  'monday',
  'a,b',
  { single: ['b', 'a'] },
  { multi: { day: ['1', '2'], zone: ['eu'] } },
  { set: [{ single: ['x'] }, { single: ['y'] }] },
]
const HOUR = 3_600_000
/** Leases and queue entries of this duration have expired when `makeEventful` is done. */
export const SHORT_MS = 400

/**
 * Fills the store from one seed: runs in every status, two of them deleted, events with equal times, assets, claims that
 * hold, wait and have expired. `pass` lets the store's time go on by milliseconds.
 */
export async function makeEventful(s: Driver, seed: number, pass: (ms: number) => Promise<void>): Promise<Eventful> {
  const random = new Random(seed)
  const assets = Array.from({ length: 10 }, (_, i) => `asset ${i}'`)
  const runs = Array.from({ length: 24 }, (_, i) => `run ${i}`)
  await makeAssets(s, random, assets)
  await makeRuns(s, random, runs)
  await makeEvents(s, random, runs, assets)
  await endRuns(s, runs)
  await makeRest(s, random, runs)
  await makeClaims(s, runs, pass)
  return {
    runs: [...runs, 'no run'],
    assets: [...assets, 'no asset'],
    partitions: [...PARTITIONS, 'no partition'],
    pools: ['db', 'gpu', 'idle', 'old', 'unlimited', 'no pool'],
    automations: ['nightly', 'pruned', 'sensor', 'none'],
    keys: [...(await s.kvKeys()), 'no key'],
  }
}

const some = <T>(random: Random, items: readonly T[]): T[] => items.filter(() => random.below(2) === 0)

async function makeAssets(s: Driver, random: Random, assets: string[]): Promise<void> {
  for (const round of [0, 1]) {
    // Some are registered again, so that tags go and come.
    const defined = assets.filter((_, i) => round === 0 || i % 3 === 0)
    await s.registerAssets(
      defined.map(assetKey => ({
        assetKey,
        tags: some(random, TAGS.slice(0, -1)),
        kinds: some(random, KINDS.slice(0, -1)),
        group: random.of([...GROUPS.slice(0, -1), null]),
        codeVersion: random.of(['1', '2', null]),
        pool: some(random, [
          ['db', 1],
          ['gpu', 2],
        ] as const),
      })),
    )
  }
  await s.setGraphTopology({
    nodes: assets.map((name, i) => ({
      name,
      kind: 'asset',
      group: i % 2 ? 'sales' : null,
      parentGraph: i % 5 ? null : 'whole',
    })),
    edges: assets.slice(1).map((name, i) => [name, assets[i]!] as const),
  })
}

async function makeRuns(s: Driver, random: Random, runs: string[]): Promise<void> {
  const fields = (runId: string): NewRun => ({
    runId,
    jobName: random.of(['nightly', 'hourly', null]),
    startTime: 1000 + random.below(6),
    priority: random.below(3) - 1,
    tags: some(random, [
      ['env', 'test'],
      ['env', 'prod'],
    ] as const),
    nodeNames: some(random, ['extract', 'load']),
    partitionKey: random.of([...PARTITIONS, null]),
    launchedBy: random.of<NonNullable<NewRun['launchedBy']>>([
      { kind: 'manual', user: { subject: 'u1', email: 'u@example.org', name: 'Ü' } },
      { kind: 'schedule', name: 'nightly' },
      { kind: 'backfill', backfillId: 'b1' },
      { kind: 'manual' },
    ]),
  })
  await s.createRuns(runs.slice(0, 14).map(runId => ({ ...fields(runId), status: 'NotStarted' })))
  await s.enqueueRuns(runs.slice(14).map((runId, i) => ({ ...fields(runId), blockReason: i % 2 ? 'pool full' : null })))
  for (const run of [0, 1, 2, 3, 4, 5, 14, 15]) await s.tryStartRun(runs[run]!)
}

async function makeEvents(s: Driver, random: Random, runs: string[], assets: string[]): Promise<void> {
  for (let batch = 0; batch < 12; batch++) {
    await s.storeEvents(
      Array.from({ length: 20 }, (_, i) => ({
        ...(i % 7 === 0 && { id: `event ${batch}.${i}` }),
        eventType: random.of(EVENT_TYPES),
        runId: random.of(runs),
        assetKey: random.of(assets),
        partitionKey: random.of([...PARTITIONS, null, null, null]),
        timestamp: 2000 + random.below(100),
        metadata: some(random, [
          ['rows', '7'],
          ['rows', '8'],
        ] as const),
        dataVersion: random.of(['v1', 'v2', null]),
        inputDataVersions: some(random, [
          [assets[0]!, 'v1'],
          [assets[1]!, 'v2'],
        ] as const),
      })),
    )
  }
  await s.pruneEvents({ olderThan: 2010 })
  await s.pruneEvents({ olderThan: 2015, keepLatest: false })
}

async function endRuns(s: Driver, runs: string[]): Promise<void> {
  await s.setRunOutcome(runs[0]!, { status: 'Success', completedSteps: 3, totalSteps: 3 })
  await s.setRunOutcome(runs[1]!, { status: 'Failure', completedSteps: 4, totalSteps: 3, message: 'out of memory' })
  await s.setRunOutcome(runs[2]!, { status: 'Cancelled', completedSteps: 0, totalSteps: 2 })
  await s.setRunOutcome('only an outcome', { status: 'Success', completedSteps: 1, totalSteps: 1 })
  await s.updateRunStatus(runs[3]!, 'Failure', { endTime: 5000 })
  for (const queued of [16, 17]) await s.cancelQueuedRun(runs[queued]!)
  for (const run of [runs[2]!, runs[4]!, 'unknown']) await s.requestCancellation(run)
  await s.setRunBlockReason(runs[18]!, 'waits for the gpu')
  for (const over of [6, 7]) {
    await s.updateRunStatus(runs[over]!, 'Success')
    await s.deleteRun(runs[over]!)
  }
}

async function makeRest(s: Driver, random: Random, runs: string[]): Promise<void> {
  await s.storeRunLogs(
    Array.from({ length: 30 }, (_, i) => ({
      ...(i % 4 === 0 && { id: `log ${i}` }),
      runId: random.of(runs),
      stepKey: random.of(['extract', 'load']),
      timestamp: 3000 + random.below(5),
      stdout: random.of(['out', '', null]),
      stderr: random.of(['ä🦀\n', null]),
      logs: random.of(['[]', null]),
      traceback: random.of(['at x', null]),
    })),
  )
  for (const automationName of ['nightly', 'sensor', 'pruned']) {
    await s.storeTicks(
      Array.from({ length: 12 }, (_, i) => ({
        ...(i % 5 === 0 && { id: `tick ${automationName} ${i}` }),
        automationName,
        automationType: automationName === 'sensor' ? 'Sensor' : 'Schedule',
        status: random.of(['Success', 'Skipped', 'Failed']),
        timestamp: 4000 + random.below(6),
        runIds: some(random, runs.slice(0, 3)),
        backfillIds: some(random, ['b1']),
        skipReason: random.of(['nothing new', null]),
        error: random.of(['boom', null]),
        cursor: random.of(['17', null]),
      })),
    )
  }
  await s.pruneTicks('pruned', { keep: 4 })
  for (const key of ['a', 'a/1', 'a/2', 'b', 'ä', '🦀', '\uffff', 'removed'])
    await s.kvSet(key, Buffer.from([0, 255, key.length]))
  await s.kvDelete('removed')
  await s.addDynamicPartitions('customers', ['c', 'a', 'ä', 'b'])
  await s.deleteDynamicPartition('customers', 'b')
  await s.addDynamicPartitions('emptied', ['x'])
  await s.deleteDynamicPartition('emptied', 'x')
}

/** Those of the pool `old` are the last ones: a later claim in a pool removes what has expired there. */
async function makeClaims(s: Driver, runs: string[], pass: (ms: number) => Promise<void>): Promise<void> {
  await s.setPoolLimit('db', 4, { leaseDuration: HOUR })
  await s.setPoolLimit('gpu', 1, { leaseDuration: HOUR })
  await s.setPoolLimit('idle', 2, { leaseDuration: '90s' })
  await s.setPoolLimit('old', 6)
  await s.setPoolLimit('unlimited', -1)
  await s.setPoolLimit('deleted', 1)
  await s.deletePoolLimit('deleted')
  const claim = (
    run: number,
    stepKey: string,
    pools: Record<string, number>,
    leaseDuration = HOUR,
    waitTtl = HOUR,
    priority = 0,
  ) => s.claimConcurrencySlots({ runId: runs[run]!, stepKey, pools, leaseDuration, waitTtl, priority })
  await claim(4, 'extract', { db: 2 })
  await pass(2)
  await claim(4, 'load', { db: 1, unlimited: 100 })
  await claim(5, 'train', { gpu: 1, db: 1 })
  await claim(14, 'a', { db: 2 })
  await pass(2)
  await claim(14, 'b', { db: 1, gpu: 1 }, HOUR, HOUR, 3)
  await claim(15, 'a', { gpu: 1 }, HOUR, HOUR, -2)
  // It holds a lease, and asks for another pool.
  await claim(4, 'extract', { gpu: 1 })
  await claim(15, 'wide', { gpu: 5 })
  await claim(5, 'short', { old: 3 }, SHORT_MS)
  await claim(5, 'long', { old: 2 })
  await claim(14, 'short', { old: 4 }, HOUR, SHORT_MS)
  await claim(14, 'long', { old: 3 }, HOUR, HOUR)
  await pass(SHORT_MS + 100)
}

export const passing =
  (storage: Storage, isManual: boolean) =>
  async (ms: number): Promise<void> => {
    if (isManual) storage.advanceTime(ms)
    else await new Promise(resolve => setTimeout(resolve, ms))
  }
