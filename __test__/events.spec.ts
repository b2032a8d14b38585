import type { NewEvent } from 'rivers-storage'
import { embedded, everywhere, onManualClock } from './helpers/everywhere.js'
import { granted } from './helpers/granted.js'
import { bad, rejects } from './helpers/rejects.js'

const ids = (events: { id: string }[]): string[] => events.map(event => event.id)

everywhere('an event comes back as it was stored', async (t, s) => {
  const id = await s.storeEvent({
    eventType: 'Materialization',
    runId: 'r',
    assetKey: 'a',
    partitionKey: { single: ['p'] },
    timestamp: 1_700_000_000_123,
    metadata: [
      ['b', '1'],
      ['a', '2'],
      ['b', '1'],
    ],
    dataVersion: 'v1',
    inputDataVersions: [
      ['up', 'u1'],
      ['other', ''],
    ],
  })
  t.true(id.length > 0)
  const stored = {
    id,
    eventType: 'Materialization',
    assetKey: 'a',
    runId: 'r',
    partitionKey: { single: ['p'] },
    timestamp: 1_700_000_000_123,
    metadata: [
      ['b', '1'],
      ['a', '2'],
      ['b', '1'],
    ],
    dataVersion: 'v1',
    // The asset is not registered.
    codeVersion: null,
    inputDataVersions: [
      ['up', 'u1'],
      ['other', ''],
    ],
  }
  t.deepEqual(await s.getEventsForRun('r'), [stored] as never)
  t.deepEqual(await s.getEventsForAsset('a'), [stored] as never)
  t.deepEqual(await s.getLatestMaterialization('a'), stored as never)
})

everywhere('what is left out is null, an empty list, or now', async (t, s) => {
  const before = Date.now()
  const id = await s.storeEvent({ eventType: 'RunDequeued', runId: 'r' })
  const [event] = await s.getEventsForRun('r')
  // Local time is the wall clock at open plus the boot clock since: the two may part by a little.
  t.true(Math.abs(event!.timestamp - before) < 5_000)
  t.deepEqual(event, {
    id,
    eventType: 'RunDequeued',
    assetKey: null,
    runId: 'r',
    partitionKey: null,
    timestamp: event!.timestamp,
    metadata: [],
    dataVersion: null,
    codeVersion: null,
    inputDataVersions: [],
  })
})

everywhere('null where it may be is the same as nothing', async (t, s) => {
  const given = { eventType: 'Observation', runId: 'r', timestamp: 1 } as const
  await s.storeEvents([given, { ...given, assetKey: null, partitionKey: null, dataVersion: null }])
  const [left, told] = await s.getEventsForRun('r')
  t.deepEqual({ ...left, id: '' }, { ...told, id: '' })
})

everywhere('events survive JSON and structuredClone', async (t, s) => {
  await s.storeEvent({ eventType: 'Observation', runId: '', assetKey: 'a', metadata: [['k', 'v']], timestamp: 1 })
  const events = await s.getEventsForAsset('a')
  t.deepEqual(JSON.parse(JSON.stringify(events)), events)
  t.deepEqual(structuredClone(events), events)
})

everywhere('every type of event can be stored', async (t, s) => {
  const types = [
    'Materialization',
    'Observation',
    'Deletion',
    'ActionCompleted',
    'StepStart',
    'StepSuccess',
    'StepFailure',
    'StepRetry',
    'RunQueued',
    'RunDequeued',
    'RunLaunchFailed',
    'StepSlotClaimed',
    'StepSlotWaiting',
    'StepSlotRenewed',
    'StepSlotReleased',
  ] as const
  await s.storeEvents(types.map((eventType, timestamp) => ({ eventType, runId: 'r', assetKey: 'a', timestamp })))
  t.deepEqual(
    (await s.getEventsForRun('r')).map(event => event.eventType),
    [...types],
  )
})

everywhere('a run lists its events oldest first, an asset newest first', async (t, s) => {
  for (const timestamp of [200, 100, -5, 300, 0])
    await s.storeEvent({ eventType: 'StepStart', runId: 'r', assetKey: 'a', timestamp })
  await s.storeEvent({ eventType: 'StepStart', runId: 'other', assetKey: 'b', timestamp: 150 })
  t.deepEqual(
    (await s.getEventsForRun('r')).map(event => event.timestamp),
    [-5, 0, 100, 200, 300],
  )
  t.deepEqual(
    (await s.getEventsForAsset('a')).map(event => event.timestamp),
    [300, 200, 100, 0, -5],
  )
})

everywhere('events of one time keep the order of storing, whatever their types and ids', async (t, s) => {
  const one = await s.storeEvent({ id: 'z', eventType: 'StepSuccess', runId: 'r', assetKey: 'a', timestamp: 5 })
  const batch = await s.storeEvents([
    { id: 'y', eventType: 'StepStart', runId: 'r', assetKey: 'a', timestamp: 5 },
    { id: 'a', eventType: 'Materialization', runId: 'r', assetKey: 'a', timestamp: 5 },
    { id: 'm', eventType: 'Observation', runId: 'r', assetKey: 'a', timestamp: 5 },
  ])
  t.deepEqual(ids(await s.getEventsForRun('r')), [one, ...batch])
  t.deepEqual(ids(await s.getEventsForAsset('a')), [one, ...batch].toReversed())
})

everywhere('a batch answers the ids in the order of its events; an empty one does nothing', async (t, s) => {
  const events = Array.from({ length: 300 }, (_, i): NewEvent => ({
    eventType: 'StepStart',
    runId: 'r',
    assetKey: `a${i}`,
    timestamp: 1000 - i,
  }))
  const answered = await s.storeEvents(events)
  t.is(new Set(answered).size, 300)
  // No default limit for a run.
  t.deepEqual(ids(await s.getEventsForRun('r')), answered.toReversed())
  t.deepEqual(await s.storeEvents([]), [])
})

everywhere('an id that is there changes nothing', async (t, s) => {
  const event = {
    id: 'mine',
    eventType: 'Materialization',
    runId: 'r',
    assetKey: 'a',
    timestamp: 1,
    dataVersion: 'v1',
  } as const
  t.is(await s.storeEvent(event), 'mine')
  t.is(await s.storeEvent({ ...event, timestamp: 2, dataVersion: 'v2' }), 'mine')
  t.deepEqual(await s.storeEvents([event, event]), ['mine', 'mine'])
  const events = await s.getEventsForRun('r')
  t.deepEqual(
    events.map(({ id, timestamp, dataVersion }) => [id, timestamp, dataVersion]),
    [['mine', 1, 'v1']],
  )
  t.deepEqual(ids(await s.getEventsForAsset('a')), ['mine'])
})

everywhere(
  'an id used for another run, type or asset is a conflict, and nothing of the batch is stored',
  async (t, s) => {
    await s.storeEvent({ id: 'mine', eventType: 'StepStart', runId: 'r', assetKey: 'a', timestamp: 1 })
    const others: NewEvent[] = [
      { id: 'mine', eventType: 'StepStart', runId: 'r2', assetKey: 'a' },
      { id: 'mine', eventType: 'StepSuccess', runId: 'r', assetKey: 'a' },
      { id: 'mine', eventType: 'StepStart', runId: 'r', assetKey: 'b' },
      { id: 'mine', eventType: 'StepStart', runId: 'r' },
    ]
    for (const other of others) {
      await rejects(t, 'ERR_CONFLICT', () => s.storeEvent(other), /mine/)
      await rejects(
        t,
        'ERR_CONFLICT',
        () => s.storeEvents([{ eventType: 'StepStart', runId: 'r', assetKey: 'new' }, other]),
        /mine/,
      )
    }
    t.deepEqual(ids(await s.getEventsForRun('r')), ['mine'])
    t.deepEqual(await s.getEventsForRun('r2'), [])
    t.deepEqual(await s.getEventsForAsset('new'), [])
  },
)

onManualClock('events told by a lease are stored only while that grant is live', async (t, s, pass, storage) => {
  await s.setPoolLimit('db', 1, { leaseDuration: '10s' })
  const step = { runId: 'r', stepKey: 's', pools: 'db' }
  const told: NewEvent = { eventType: 'Materialization', runId: 'r', assetKey: 'a' }
  const first = granted(await s.claimConcurrencySlots({ ...step, attempt: '1' }))
  const old = { runId: 'r', stepKey: 's', token: first.token }
  await s.storeEvent(told, { lease: old })
  const second = granted(await s.claimConcurrencySlots({ ...step, attempt: '2' }))
  const now = { ...old, token: second.token }
  t.is((await s.storeEvents([told, told], { lease: now })).length, 2)
  const dead = [old, { ...now, stepKey: 'other' }, { ...now, runId: 'other' }, { ...now, token: now.token + 1 }]
  const refused = async (): Promise<void> => {
    for (const lease of dead) {
      await rejects(t, 'ERR_LEASE_LOST', () => s.storeEvent(told, { lease }))
      await rejects(t, 'ERR_LEASE_LOST', () => s.storeEvents([told], { lease }))
    }
    t.is((await s.getEventsForAsset('a')).length, 3)
  }
  await refused()
  // Of a lease that ended, and of one that was given back.
  pass('10s')
  dead.push(now)
  await refused()
  const kept = await storage.acquireSlots(step)
  await s.storeEvent({ ...told, assetKey: 'b' }, { lease: kept })
  await kept.release()
  dead.push(kept)
  await refused()
  for (const lease of [null, {}, 1, { ...now, token: '1' }, { ...now, token: 0.5 }, { runId: 'r', token: 1 }]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.storeEvent(told, { lease: bad(lease) }), /options\.lease/)
  }
})

everywhere('one bad event spoils its batch', async (t, s) => {
  const good: NewEvent = { eventType: 'Materialization', runId: 'r', assetKey: 'a', partitionKey: 'p' }
  await rejects(
    t,
    'ERR_INVALID_ARG',
    () => s.storeEvents([good, { ...good, timestamp: Number.NaN }]),
    /timestamp/,
    /NaN/,
  )
  t.deepEqual(await s.getEventsForRun('r'), [])
  t.deepEqual(await s.getMaterializedPartitions('a'), [])
})

everywhere('a materialization is stamped with the code version of its asset, alone and in a batch', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a', codeVersion: 'c1' }])
  const event: NewEvent = {
    eventType: 'Materialization',
    runId: 'r',
    assetKey: 'a',
    timestamp: 1,
    inputDataVersions: [['up', '1']],
  }
  await s.storeEvent(event)
  await s.storeEvents([event, { eventType: 'StepSuccess', runId: 'r', assetKey: 'a', timestamp: 2 }])
  await s.registerAssets([{ assetKey: 'a', codeVersion: 'c2' }])
  await s.storeEvent({ ...event, timestamp: 3 })
  const stamps = (await s.getEventsForRun('r')).map(({ codeVersion, inputDataVersions }) => [
    codeVersion,
    inputDataVersions.length,
  ])
  t.deepEqual(stamps, [
    ['c1', 1],
    ['c1', 1],
    [null, 0],
    ['c2', 1],
  ])
})

everywhere('lists are cut to the limit: 100 for an asset by default, none for a run', async (t, s) => {
  await s.storeEvents(
    Array.from({ length: 120 }, (_, timestamp): NewEvent => ({
      eventType: 'StepStart',
      runId: 'r',
      assetKey: 'a',
      timestamp,
    })),
  )
  t.is((await s.getEventsForAsset('a')).length, 100)
  t.is((await s.getEventsForRun('r')).length, 120)
  t.deepEqual(
    (await s.getEventsForAsset('a', { limit: 2 })).map(event => event.timestamp),
    [119, 118],
  )
  t.deepEqual(
    (await s.getEventsForRun('r', { limit: 2 })).map(event => event.timestamp),
    [0, 1],
  )
  t.deepEqual(await s.getEventsForAsset('a', { limit: 0 }), [])
  t.deepEqual(await s.getEventsForRun('r', { limit: 0 }), [])
})

const page = async (read: (after?: string) => Promise<{ id: string }[]>): Promise<string[]> => {
  const seen: string[] = []
  for (let last = await read(); last.length > 0; last = await read(seen.at(-1))) seen.push(...ids(last))
  return seen
}

everywhere('pages continue after an event, without gap or repetition', async (t, s) => {
  // Three of a time each, so that a page ends inside a time.
  const all = await s.storeEvents(
    Array.from({ length: 30 }, (_, i): NewEvent => ({
      eventType: 'StepStart',
      runId: 'r',
      assetKey: 'a',
      timestamp: Math.floor(i / 3),
    })),
  )
  t.deepEqual(await page(after => s.getEventsForRun('r', { limit: 7, ...(after && { after }) })), all)
  t.deepEqual(await page(after => s.getEventsForAsset('a', { limit: 7, ...(after && { after }) })), all.toReversed())
  await rejects(t, 'ERR_NOT_FOUND', () => s.getEventsForRun('r', { after: 'gone' }), /gone/)
  await rejects(t, 'ERR_NOT_FOUND', () => s.getEventsForAsset('a', { after: 'gone' }), /gone/)
})

everywhere('the latest materialization is the newest by time, the last stored among equals', async (t, s) => {
  t.is(await s.getLatestMaterialization('a'), null)
  const [, , last] = await s.storeEvents([
    { eventType: 'Materialization', runId: 'r1', assetKey: 'a', timestamp: 10 },
    { eventType: 'Materialization', runId: 'r2', assetKey: 'a', timestamp: 20, partitionKey: 'p' },
    { eventType: 'Materialization', runId: 'r3', assetKey: 'a', timestamp: 20 },
    { eventType: 'Materialization', runId: 'r4', assetKey: 'a', timestamp: 15 },
    { eventType: 'Observation', runId: 'r5', assetKey: 'a', timestamp: 30 },
    { eventType: 'Materialization', runId: 'r6', assetKey: 'b', timestamp: 40 },
  ])
  t.is((await s.getLatestMaterialization('a'))?.id, last)
  t.is((await s.getLatestMaterialization('a', { partition: null }))?.id, last)
})

everywhere('unknown runs and assets have no events', async (t, s) => {
  t.deepEqual(await s.getEventsForRun('ghost'), [])
  t.deepEqual(await s.getEventsForAsset('ghost'), [])
})

embedded('events, ids and order are there after the store is opened again', async (t, open) => {
  const first = await open()
  const stored = await first.s.storeEvents([
    { eventType: 'StepStart', runId: 'r', assetKey: 'a', timestamp: 5 },
    {
      eventType: 'Materialization',
      runId: 'r',
      assetKey: 'a',
      timestamp: 5,
      dataVersion: 'v',
      partitionKey: { multi: { d: ['1'] } },
    },
  ])
  const before = await first.s.getEventsForRun('r')
  await first.s.close()
  const { s } = await open()
  t.deepEqual(await s.getEventsForRun('r'), before)
  // The store's own order number goes on where it was.
  stored.push(await s.storeEvent({ eventType: 'StepSuccess', runId: 'r', assetKey: 'a', timestamp: 5 }))
  t.deepEqual(ids(await s.getEventsForRun('r')), stored)
})

embedded('events are seen by run from every code location, by asset only from their own', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  const id = await a.s.storeEvent({
    eventType: 'Materialization',
    runId: 'r',
    assetKey: 'x',
    timestamp: 1,
    partitionKey: 'p',
  })
  t.deepEqual(ids(await b.s.getEventsForRun('r')), [id])
  t.deepEqual(ids(await a.s.getEventsForAsset('x')), [id])
  t.deepEqual(await b.s.getEventsForAsset('x'), [])
  t.is(await b.s.getLatestMaterialization('x'), null)
  t.deepEqual(await b.s.getMaterializedPartitions('x'), [])
})
