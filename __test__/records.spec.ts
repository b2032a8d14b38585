import { LaunchedBy, type NewEvent } from 'rivers-storage'
import type { Driver } from './helpers/driver.js'
import { everywhere } from './helpers/everywhere.js'

// What every answer is, whatever it says.

const partitionKey = { set: [{ single: ['p', 'q'] }, { multi: { d: ['1'], __proto__x: [''] } }] }
const made: NewEvent = { eventType: 'Materialization', runId: 'r', assetKey: 'a', metadata: [['k', 'v']] }

/** One of everything, with and without what may be absent. */
async function fill(s: Driver): Promise<void> {
  await s.setPoolLimit('db', 1, { leaseDuration: 1500 })
  await s.setPoolLimit('api', -1)
  for (const stepKey of ['holds', 'waits'])
    await s.claimConcurrencySlots({ runId: 'r', stepKey, pools: ['db', 'api'], leaseDuration: '1h', waitTtl: '1h' })
  await s.registerAssets([
    { assetKey: 'a', codeVersion: 'c', pool: [['db', 1]] },
    { assetKey: 'b', tags: ['t'], group: 'g' },
  ])
  await s.setGraphTopology({ nodes: [{ name: 'a', kind: 'asset' }], edges: [['a', 'b']] })
  await s.storeEvents([made, { ...made, partitionKey, dataVersion: 'v' }, { eventType: 'RunDequeued', runId: 'r' }])
  await s.createRun({ runId: 'bare' })
  await s.enqueueRun({ runId: 'r', partitionKey, tags: [['k', 'v']], launchedBy: LaunchedBy.manual({ subject: 's' }) })
  await s.setRunOutcome('bare', { status: 'Failure', completedSteps: 0, totalSteps: 0 })
  const tick = { automationName: 'n', automationType: 't', status: 's' }
  await s.storeTicks([tick, { ...tick, runIds: ['r'], cursor: 'c' }])
  await s.storeRunLogs([
    { runId: 'r', stepKey: 's' },
    { runId: 'r', stepKey: 's', stdout: 'x' },
  ])
}

const answers = async (s: Driver): Promise<Record<string, unknown>> => ({
  event: await s.getLatestMaterialization('a'),
  events: await s.getEventsForRun('r'),
  asset: await s.getAssetRecord('a'),
  assets: await s.getAssetRecords(),
  staleness: await s.computeStaleness(),
  partitions: await s.getMaterializedPartitions('a'),
  topology: await s.getGraphTopology(),
  ticks: await s.getTicks('n'),
  logs: await s.getRunLogs('r'),
  run: await s.getRun('r'),
  runs: await s.getRuns(),
  queued: await s.getQueuedRuns(),
  outcome: await s.getRunOutcome('bare'),
  progress: await s.getRunProgress('r'),
  limits: await s.getPoolLimits(),
  infos: await s.getAllPoolInfos(),
  holders: await s.getPoolSlotHolders('db'),
  waiters: await s.getPoolWaiters('db'),
  claimed: await s.claimConcurrencySlots({ runId: 'r', stepKey: 'holds', pools: 'db' }),
  pending: await s.claimConcurrencySlots({ runId: 'r', stepKey: 'waits', pools: 'db' }),
})

/** Every value in it, by its path. */
function* values(value: unknown, path: string): Generator<[path: string, value: unknown]> {
  yield [path, value]
  if (value === null || typeof value !== 'object') return
  for (const key of Reflect.ownKeys(value)) {
    if (!(Array.isArray(value) && key === 'length')) {
      yield* values((value as Record<PropertyKey, unknown>)[key], `${path}.${String(key)}`)
    }
  }
}

everywhere('records are plain objects, and what is absent is null', async (t, s) => {
  await fill(s)
  let seen = 0
  for (const [path, value] of values(await answers(s), 'all')) {
    seen += 1
    t.not(value, undefined, path)
    t.true(['string', 'number', 'boolean', 'object'].includes(typeof value), `${path} is a ${typeof value}`)
    if (typeof value === 'number') t.true(Number.isFinite(value), path)
    if (value === null || typeof value !== 'object') continue
    t.true([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value)), path)
  }
  t.true(seen > 300, `${seen} values`)
})

everywhere('records survive JSON and structuredClone', async (t, s) => {
  await fill(s)
  for (const [name, answer] of Object.entries(await answers(s))) {
    t.truthy(answer, name)
    if (Array.isArray(answer)) t.true(answer.length > 0, name)
    t.deepEqual(JSON.parse(JSON.stringify(answer)), answer, name)
    t.deepEqual(structuredClone(answer), answer, name)
  }
})

everywhere('an answer belongs to its caller', async (t, s) => {
  await fill(s)
  const before = JSON.stringify(await s.getRuns())
  const runs = await s.getRuns()
  runs[0]!.tags.push(['k', 'v'])
  runs[1]!.runId = 'changed'
  runs.length = 0
  t.is(JSON.stringify(await s.getRuns()), before)
})
