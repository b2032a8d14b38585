import { join } from 'node:path'
import test from 'ava'
import { Storage, type NewEvent } from 'rivers-storage'
import { startChild } from './helpers/child.js'
import type { Driver } from './helpers/driver.js'
import { embedded, everywhere, onBoth, withStorage } from './helpers/everywhere.js'
import { rejects } from './helpers/rejects.js'
import { othersAreServed } from './helpers/served.js'
import { inTempDir } from './helpers/temp.js'

// Deleting runs.

const SUCCESS = { status: 'Success', completedSteps: 1, totalSteps: 1 } as const
const ids = (records: { id: string }[]): string[] => records.map(record => record.id)

/** A run that is over, with everything that a run can have. */
async function fill(s: Driver, runId: string): Promise<void> {
  await s.enqueueRun({ runId, jobName: 'j' })
  await s.storeEvents([
    { eventType: 'StepStart', runId, assetKey: 'a', timestamp: 1 },
    { id: `event of ${runId}`, eventType: 'StepSuccess', runId, assetKey: 'a', timestamp: 2 },
  ])
  await s.storeRunLogs([
    { runId, stepKey: 'a', stdout: 'text' },
    { id: `log of ${runId}`, runId, stepKey: 'a' },
  ])
  await s.requestCancellation(runId)
  await s.setRunOutcome(runId, SUCCESS)
}

const shown = async (s: Driver, runId: string): Promise<unknown[]> => [
  await s.getRun(runId),
  await s.getRunOutcome(runId),
  await s.isCancelled(runId),
  await s.getEventsForRun(runId),
  await s.getRunLogs(runId),
  (await s.getRunProgress(runId)).totalSteps,
]
const NOTHING = [null, null, false, [], [], 0]

everywhere('all that is of the run alone goes with it, and nothing of others', async (t, s) => {
  await fill(s, 'other')
  const others = await shown(s, 'other')
  const lists = [await s.getRuns(), await s.getRuns({ status: 'Success' }), await s.getEventsForAsset('a')]
  await fill(s, 'r')
  t.notDeepEqual(await shown(s, 'r'), NOTHING)
  t.true(await s.deleteRun('r'))
  t.deepEqual(await shown(s, 'r'), NOTHING)
  t.deepEqual(await shown(s, 'other'), others)
  t.deepEqual([await s.getRuns(), await s.getRuns({ status: 'Success' }), await s.getEventsForAsset('a')], lists)
  t.false(await s.deleteRun('r'))
})

everywhere('an unknown run is false, whatever else is known of its id', async (t, s) => {
  t.false(await s.deleteRun('ghost'))
  t.false(await s.deleteRun(''))
  await s.storeEvent({ eventType: 'StepStart', runId: 'ghost', assetKey: 'a' })
  await s.storeRunLogs([{ runId: 'ghost', stepKey: 'a' }])
  await s.setRunOutcome('ghost', SUCCESS)
  await s.requestCancellation('ghost')
  const before = await shown(s, 'ghost')
  t.false(await s.deleteRun('ghost'))
  t.deepEqual(await shown(s, 'ghost'), before)
})

everywhere('a run that is not over stays', async (t, s) => {
  for (const status of ['Queued', 'NotStarted', 'Started'] as const) {
    await s.createRun({ runId: status, status })
    const run = await s.getRun(status)
    await rejects(t, 'ERR_CONFLICT', () => s.deleteRun(status), new RegExp(`'${status}' is ${status}`))
    t.deepEqual(await s.getRun(status), run)
  }
  for (const status of ['Success', 'Failure', 'Canceled'] as const) {
    await s.createRun({ runId: status, status })
    t.true(await s.deleteRun(status))
  }
})

everywhere('its slots and places in queues go', async (t, s) => {
  await s.setPoolLimit('db', 2)
  await s.createRun({ runId: 'r', status: 'Success' })
  for (const stepKey of ['holds', 'waits']) await s.claimConcurrencySlots({ runId: 'r', stepKey, pools: { db: 2 } })
  await s.claimConcurrencySlots({ runId: 'other', stepKey: 'waits', pools: 'db' })
  t.true(await s.deleteRun('r'))
  t.deepEqual(await s.getPoolSlotHolders('db'), [])
  t.deepEqual(
    (await s.getPoolWaiters('db')).map(waiter => waiter.runId),
    ['other'],
  )
  t.is(await s.renewSlotLease('r', 'holds'), 0)
})

const made = (runId: string, partitionKey: string, timestamp: number): NewEvent => ({
  eventType: 'Materialization',
  runId,
  assetKey: 'a',
  partitionKey,
  timestamp,
  dataVersion: `${runId} ${timestamp}`,
})

everywhere(
  'what it did to assets is still shown, and its materializations are the latest until later ones',
  async (t, s) => {
    const latest = async (): Promise<unknown[]> => [
      await s.getLatestMaterialization('a'),
      await s.getLatestMaterialization('a', { partition: 'p' }),
      await s.getLatestMaterialization('a', { partition: { single: ['q'] } }),
    ]
    const all = async (): Promise<unknown[]> => [
      await s.getAssetRecord('a'),
      await s.getMaterializedPartitions('a'),
      await s.computeStaleness(),
      await latest(),
    ]
    await s.registerAssets([{ assetKey: 'a', codeVersion: 'c' }])
    await s.createRun({ runId: 'r', status: 'Success' })
    await s.storeEvents([made('older', 'p', 1), made('older', 'q', 2), made('r', 'p', 3)])
    const before = await all()
    t.true(await s.deleteRun('r'))
    t.deepEqual(await all(), before)
    // It is no event of the asset any more, so no page goes on after it.
    t.deepEqual(
      (await s.getEventsForAsset('a')).map(event => event.timestamp),
      [2, 1],
    )
    const [kept] = (await latest()) as [{ id: string }]
    await rejects(t, 'ERR_NOT_FOUND', () => s.getEventsForAsset('a', { after: kept.id }))

    const later = await s.storeEvent(made('new', 'q', 4))
    t.is((await s.getLatestMaterialization('a'))?.id, later)
    t.is((await s.getLatestMaterialization('a', { partition: 'p' }))?.id, kept.id)
  },
)

everywhere('its ids are free again, and no page goes on after them', async (t, s) => {
  await fill(s, 'r')
  const [made, mine] = ids(await s.getEventsForRun('r'))
  await fill(s, 'other')
  t.true(await s.deleteRun('r'))
  await rejects(t, 'ERR_NOT_FOUND', () => s.getRuns({ after: 'r' }), /'r'/)
  for (const after of [made!, mine!]) {
    await rejects(t, 'ERR_NOT_FOUND', () => s.getEventsForRun('r', { after }))
    await rejects(t, 'ERR_NOT_FOUND', () => s.getEventsForAsset('a', { after }))
  }
  await s.createRun({ runId: 'r', jobName: 'another' })
  t.is((await s.getRun('r'))?.status, 'NotStarted')
  await s.storeEvent({ id: mine!, eventType: 'RunDequeued', runId: 'new' })
  t.deepEqual(ids(await s.getEventsForRun('new')), [mine!])
  await s.storeRunLogs([{ id: 'log of r', runId: 'new', stepKey: 'b' }])
  t.deepEqual(ids(await s.getRunLogs('new')), ['log of r'])
})

const MANY = 5_000
async function fillLarge(s: Storage): Promise<void> {
  await s.createRun({ runId: 'r', status: 'Success' })
  await s.storeEvents(
    Array.from({ length: MANY }, (_, i): NewEvent => ({ eventType: 'StepStart', runId: 'r', assetKey: `a${i % 7}` })),
  )
}

onBoth('others are served while a large run is deleted', async (t, s) => {
  await othersAreServed(
    t,
    s,
    () => fillLarge(s),
    () => s.deleteRun('r'),
    true,
  )
  t.deepEqual(await s.getEventsForRun('r'), [])
  t.deepEqual(await s.getEventsForAsset('a0'), [])
})

onBoth('of many that delete one run, one does, and none is told before nothing is left', async (t, s) => {
  await fillLarge(s)
  const told = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const deleted = await s.deleteRun('r')
      t.deepEqual(s.getEventsForRunSync('r', { limit: 1 }), [])
      return deleted
    }),
  )
  t.is(told.filter(Boolean).length, 1)
})

embedded('a run is deleted from any code location, and stays deleted', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await fill(a.s, 'r')
  t.true(await b.s.deleteRun('r'))
  t.deepEqual(await a.s.getRuns(), [])
  t.deepEqual(await a.s.getEventsForAsset('a'), [])
  await a.s.close()
  await b.s.close()
  t.deepEqual(await shown((await open()).s, 'r'), NOTHING)
})

test('a process that is killed while it deletes a run leaves all of it, or nothing', t =>
  inTempDir(async dir => {
    const path = join(dir, 'db')
    for (const chunks of [0, 1, 2, 4, 8]) {
      const child = startChild(
        async ({ Storage }, { path, many, chunks }, say) => {
          const s = await Storage.embedded(path, { durability: 'relaxed' })
          await s.createRun({ runId: 'r', status: 'Success' })
          const event = { eventType: 'StepStart', runId: 'r', assetKey: 'a' } as const
          await s.storeEvents(Array.from({ length: many }, () => event))
          void s.deleteRun('r').then(() => say('deleted'))
          for (let i = 0; i < chunks; i++) await s.kvSet('k', Buffer.from('v'))
          say('now')
          // Until it is killed.
          setInterval(() => {}, 1_000)
        },
        { path, many: MANY, chunks },
      )
      await child.heard(line => line === 'now')
      child.kill('SIGKILL')
      const { signal, stderr } = await child.ended
      t.is(signal, 'SIGKILL', stderr)
      await withStorage(Storage.embedded(path), async s => {
        const events = (await s.getEventsForRun('r')).length
        t.is(events, (await s.getRun('r')) ? MANY : 0)
        t.is((await s.getEventsForAsset('a', { limit: 2 * MANY })).length, events)
        t.is(await s.deleteRun('r'), events > 0)
      })
    }
  }))
