import type { NewEvent, StoredEvent } from 'rivers-storage'
import { embedded, everywhere, onBoth } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'
import { othersAreServed } from './helpers/served.js'

// Removing old events and old ticks.

const ids = (records: { id: string }[]): string[] => records.map(record => record.id)
const times = (events: StoredEvent[]): number[] => events.map(event => event.timestamp)
const event = (timestamp: number, more: Partial<NewEvent> = {}): NewEvent => ({
  eventType: 'Materialization',
  runId: 'r',
  assetKey: 'a',
  timestamp,
  dataVersion: `v${timestamp}`,
  ...more,
})
const tick = (timestamp: number, more: { id?: string; automationName?: string } = {}) => ({
  automationName: 'n',
  automationType: 'Schedule',
  status: 'Success',
  timestamp,
  ...more,
})

everywhere(
  'events older than a time go, except the latest materialization of each asset and partition',
  async (t, s) => {
    await s.registerAssets([{ assetKey: 'a' }, { assetKey: 'b' }])
    await s.storeEvents([
      event(1),
      event(2, { partitionKey: 'p' }),
      event(3, { partitionKey: 'p' }),
      event(4, { partitionKey: { multi: { d: ['1'] } } }),
      event(5, { eventType: 'Observation' }),
      event(6, { eventType: 'StepSuccess', runId: 's' }),
      event(7, { assetKey: 'b', runId: 's' }),
      event(8, { assetKey: 'unregistered' }),
      { eventType: 'RunDequeued', runId: 's', timestamp: 9 },
      event(10, { eventType: 'StepStart' }),
      event(11, { eventType: 'StepStart', runId: 's' }),
    ])
    const shown = async (): Promise<unknown[]> => [
      await s.getAssetRecords(),
      await s.getMaterializedPartitions('a'),
      await s.computeStaleness(),
      await s.getLatestMaterialization('a'),
      await s.getLatestMaterialization('a', { partition: 'p' }),
      await s.getLatestMaterialization('b'),
      await s.getLatestMaterialization('unregistered'),
    ]
    const before = await shown()
    t.is(await s.pruneEvents({ olderThan: 10 }), 5)
    t.deepEqual(times(await s.getEventsForRun('r')), [3, 4, 8, 10])
    t.deepEqual(times(await s.getEventsForRun('s')), [7, 11])
    t.deepEqual(times(await s.getEventsForAsset('a')), [11, 10, 4, 3])
    t.deepEqual(await shown(), before)
    t.is(await s.pruneEvents({ olderThan: 10, keepLatest: true }), 0)
  },
)

everywhere('without the latest there is none, until there is a later one; records stay', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }])
  await s.storeEvents([event(1, { partitionKey: 'p' }), event(2, { partitionKey: 'q' })])
  const record = await s.getAssetRecord('a')
  t.is(await s.pruneEvents({ olderThan: 10, keepLatest: false }), 2)
  t.is(await s.getLatestMaterialization('a'), null)
  t.is(await s.getLatestMaterialization('a', { partition: 'p' }), null)
  t.deepEqual(await s.getAssetRecord('a'), record)
  t.is(await s.countMaterializedPartitions('a'), 2)
  // One that comes late is not the latest.
  await s.storeEvent(event(1))
  t.is(await s.getLatestMaterialization('a'), null)
  const id = await s.storeEvent(event(3))
  t.is((await s.getLatestMaterialization('a'))?.id, id)
})

everywhere('the latest of a deleted run is pruned like others', async (t, s) => {
  await s.createRun({ runId: 'r', status: 'Success' })
  await s.storeEvents([event(1), event(20, { assetKey: 'b' })])
  await s.deleteRun('r')
  t.is(await s.pruneEvents({ olderThan: 10 }), 0)
  t.is((await s.getLatestMaterialization('a'))?.timestamp, 1)
  await s.pruneEvents({ olderThan: 10, keepLatest: false })
  t.is(await s.getLatestMaterialization('a'), null)
  t.is((await s.getLatestMaterialization('b'))?.timestamp, 20)
})

everywhere('ids of pruned events are free again, and no page goes on after them', async (t, s) => {
  const [mine, made] = await s.storeEvents([
    event(1, { id: 'mine', eventType: 'StepStart' }),
    event(2, { eventType: 'StepStart' }),
  ])
  await s.storeEvent(event(20))
  t.is(await s.pruneEvents({ olderThan: 10 }), 2)
  for (const after of [mine!, made!]) {
    await rejects(t, 'ERR_NOT_FOUND', () => s.getEventsForRun('r', { after }))
    await rejects(t, 'ERR_NOT_FOUND', () => s.getEventsForAsset('a', { after }))
  }
  await s.storeEvent(event(21, { id: 'mine', runId: 'another' }))
  t.deepEqual(ids(await s.getEventsForRun('another')), ['mine'])
})

everywhere('many events of many runs are pruned, also of times before 1970', async (t, s) => {
  await s.storeEvents(
    Array.from({ length: 1500 }, (_, i) => event(i - 700, { eventType: 'StepStart', runId: `r${i % 3}` })),
  )
  t.is(await s.pruneEvents({ olderThan: -700 }), 0)
  t.is(await s.pruneEvents({ olderThan: 0 }), 700)
  t.is(await s.pruneEvents({ olderThan: Number.MAX_SAFE_INTEGER }), 800)
  t.deepEqual(await s.getEventsForAsset('a'), [])
})

everywhere('a bad time or flag prunes nothing', async (t, s) => {
  await s.storeEvent(event(1))
  for (const olderThan of [1.5, Number.NaN, Infinity, 2 ** 53, '10', 10n, true, null, undefined, new Date(10)]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.pruneEvents({ olderThan: bad(olderThan) }), /options\.olderThan/)
  }
  for (const keepLatest of ['false', 0, null, {}]) {
    await rejects(
      t,
      'ERR_INVALID_ARG',
      () => s.pruneEvents({ olderThan: 10, keepLatest: bad(keepLatest) }),
      /options\.keepLatest/,
    )
  }
  for (const options of [undefined, null, 10, 'x']) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.pruneEvents(bad(options)), /options/)
  }
  t.is((await s.getEventsForRun('r')).length, 1)
})

embedded('events are pruned in their own code location, and stay pruned', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.storeEvents([event(1), event(2)])
  await b.s.storeEvents([event(3), event(4)])
  await b.s.setRunOutcome('r', { status: 'Success', completedSteps: 1, totalSteps: 1 })
  t.is(await a.s.pruneEvents({ olderThan: 10, keepLatest: false }), 2)
  t.deepEqual(times(await a.s.getEventsForRun('r')), [3, 4])
  t.is((await b.s.getLatestMaterialization('a'))?.timestamp, 4)
  t.is((await b.s.getRunOutcome('r'))?.status, 'Success')
  await a.s.close()
  await b.s.close()
  const again = await open({ codeLocation: 'a' })
  t.deepEqual(await again.s.getEventsForAsset('a'), [])
  t.is(await again.s.getLatestMaterialization('a'), null)
})

onBoth('others are served while much is pruned', async (t, s) => {
  await othersAreServed(
    t,
    s,
    () => s.storeEvents(Array.from({ length: 5_000 }, (_, i) => event(i, { eventType: 'StepStart' }))),
    () => s.pruneEvents({ olderThan: 5_000 }),
    5_000,
  )
  await othersAreServed(
    t,
    s,
    () => s.storeTicks(Array.from({ length: 5_000 }, (_, i) => tick(i))),
    () => s.pruneTicks('n', { keep: 0 }),
    5_000,
  )
})

everywhere('the newest ticks stay, the others go and are counted', async (t, s) => {
  // Two stand at each time: the one stored later is the newer.
  const stored = await s.storeTicks(Array.from({ length: 600 }, (_, i) => tick(Math.floor(i / 2))))
  await s.storeTicks([tick(0, { automationName: 'other' })])
  const newest = stored.toReversed()
  t.is(await s.pruneTicks('n', { keep: 601 }), 0)
  t.is(await s.pruneTicks('n', { keep: 600 }), 0)
  t.is(await s.pruneTicks('n', { keep: 301 }), 299)
  t.deepEqual(ids(await s.getTicks('n', { limit: 1000 })), newest.slice(0, 301))
  t.is(await s.pruneTicks('n', { keep: 1 }), 300)
  t.is(await s.pruneTicks('n', { keep: 0 }), 1)
  t.deepEqual(await s.getTicks('n'), [])
  t.is(await s.pruneTicks('n', { keep: 0 }), 0)
  t.is(await s.pruneTicks('unknown', { keep: 0 }), 0)
  t.is((await s.getTicks('other')).length, 1)
  t.is(await s.pruneTicks('other', { keep: Number.MAX_SAFE_INTEGER }), 0)
})

everywhere('ids of pruned ticks are free again, and no page goes on after them', async (t, s) => {
  const [mine, made] = await s.storeTicks([tick(1, { id: 'mine' }), tick(2), tick(3)])
  t.is(await s.pruneTicks('n', { keep: 1 }), 2)
  for (const after of [mine!, made!]) await rejects(t, 'ERR_NOT_FOUND', () => s.getTicks('n', { after }))
  await s.storeTick(tick(4, { id: 'mine', automationName: 'another' }))
  t.deepEqual(ids(await s.getTicks('another')), ['mine'])
})

everywhere('a bad number of ticks to keep prunes nothing', async (t, s) => {
  await s.storeTick(tick(1))
  for (const keep of [-1, 0.5, Number.NaN, Infinity, 2 ** 53, '1', 1n, true, null, undefined]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.pruneTicks('n', { keep: bad(keep) }), /options\.keep/)
  }
  for (const options of [undefined, null, 1, 'x']) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.pruneTicks('n', bad(options)), /options/)
  }
  t.is((await s.getTicks('n')).length, 1)
})

embedded('ticks are pruned in their own code location, and stay pruned', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.storeTicks([tick(1), tick(2)])
  await b.s.storeTicks([tick(3), tick(4)])
  t.is(await a.s.pruneTicks('n', { keep: 1 }), 1)
  t.is((await b.s.getTicks('n')).length, 2)
  await a.s.close()
  await b.s.close()
  t.deepEqual(
    (await (await open({ codeLocation: 'a' })).s.getTicks('n')).map(({ timestamp }) => timestamp),
    [2],
  )
})
