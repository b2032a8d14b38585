// What a store that `fill.ts` made answers to everything that can be asked.
import type { Storage } from 'rivers-storage'

const RUNS = ['kept', 'pruned', 'over', 'queued', 'started', 'next', 'no run']
const ASSETS = ['raw', 'kept', 'orders', 'old', 'no asset']
const PARTITIONS = ['p', '2026-11-30', { single: ['a', 'b'] }, 'gone', null]
/** Without 'native': how long a wait of a killed process stays there depends on the kind of store. */
const POOLS = ['gpu', 'db', 'unlimited']

/** Each answer by its question, as JSON. */
export type Answers = Record<string, unknown>

export async function answersOf(s: Storage): Promise<Answers> {
  const answers: Answers = {}
  const each = async <T>(name: string, values: readonly T[], ask: (value: T) => Promise<unknown>): Promise<void> => {
    for (const value of values) answers[`${name} ${JSON.stringify(value)}`] = await ask(value)
  }
  answers.kvKeys = await s.kvKeys()
  await each('kvGet', await s.kvKeys(), async key => (await s.kvGet(key))?.toString('hex'))

  answers.getAssetRecords = await s.getAssetRecords()
  answers.getGraphTopology = await s.getGraphTopology()
  answers.computeStaleness = await s.computeStaleness()
  await each('getAssetsByTag', ['daily', 'none'], tag => s.getAssetsByTag(tag))
  await each('getAssetsByKind', ['table', 'none'], kind => s.getAssetsByKind(kind))
  await each('getAssetsByGroup', ['sales', 'none'], group => s.getAssetsByGroup(group))
  await each('getDynamicPartitions', ['customers', 'none'], name => s.getDynamicPartitions(name))
  await each('getAssetRecord', ASSETS, key => s.getAssetRecord(key))
  await each('getMaterializedPartitions', ASSETS, key => s.getMaterializedPartitions(key))
  await each('countMaterializedPartitions', ASSETS, key => s.countMaterializedPartitions(key))
  await each('getEventsForAsset', ASSETS, key => s.getEventsForAsset(key))
  for (const key of ASSETS) {
    await each(`getLatestMaterialization ${key}`, PARTITIONS, partition =>
      s.getLatestMaterialization(key, { partition }),
    )
  }

  answers.getRuns = await s.getRuns()
  answers.getQueuedRuns = await s.getQueuedRuns()
  await each('getRuns', ['NotStarted', 'Started', 'Success', 'Failure', 'Canceled'] as const, status =>
    s.getRuns({ status }),
  )
  await each('getRun', RUNS, run => s.getRun(run))
  await each('getRunOutcome', RUNS, run => s.getRunOutcome(run))
  await each('getRunProgress', RUNS, run => s.getRunProgress(run))
  await each('isCancelled', RUNS, run => s.isCancelled(run))
  await each('getEventsForRun', RUNS, run => s.getEventsForRun(run))
  await each('getRunLogs', RUNS, run => s.getRunLogs(run))
  await each('getTicks', ['nightly', 'none'], name => s.getTicks(name))

  answers.getPoolLimits = await s.getPoolLimits()
  await each('getPoolInfo', POOLS, pool => s.getPoolInfo(pool))
  await each('getPoolSlotHolders', POOLS, pool => s.getPoolSlotHolders(pool))
  await each('getPoolWaiters', POOLS, pool => s.getPoolWaiters(pool))
  return JSON.parse(JSON.stringify(answers)) as Answers
}

/** Without fields that were not recorded: later versions may answer with more. */
export function recordedPart(answer: unknown, recorded: unknown): unknown {
  if (Array.isArray(answer) && Array.isArray(recorded)) return answer.map((item, i) => recordedPart(item, recorded[i]))
  if (!isObject(answer) || !isObject(recorded)) return answer
  const fields = Object.entries(answer).filter(([name]) => name in recorded)
  return Object.fromEntries(fields.map(([name, value]) => [name, recordedPart(value, recorded[name])]))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
