import type { AssetRecord } from 'rivers-storage'
import { embedded, everywhere } from './helpers/everywhere.js'
import { rejects } from './helpers/rejects.js'

const NEVER: Omit<AssetRecord, 'assetKey'> = {
  tags: [],
  kinds: [],
  group: null,
  codeVersion: null,
  lastEventId: null,
  lastRunId: null,
  lastTimestamp: null,
  lastDataVersion: null,
  lastMaterializationCodeVersion: null,
  lastInputDataVersions: [],
  pool: [],
}
const keys = (records: AssetRecord[]): string[] => records.map(record => record.assetKey)

everywhere('a registered asset shows its definition and nothing materialized', async (t, s) => {
  await s.registerAssets([
    { assetKey: 'bare' },
    {
      assetKey: 'full',
      tags: ['b', 'a', 'b'],
      kinds: ['csv'],
      group: 'g',
      codeVersion: 'c1',
      pool: [
        ['db', 2],
        ['api', 1],
      ],
    },
  ])
  t.deepEqual(await s.getAssetRecord('bare'), { ...NEVER, assetKey: 'bare' })
  t.deepEqual(await s.getAssetRecord('full'), {
    ...NEVER,
    assetKey: 'full',
    tags: ['b', 'a', 'b'],
    kinds: ['csv'],
    group: 'g',
    codeVersion: 'c1',
    pool: [
      ['db', 2],
      ['api', 1],
    ],
  })
  t.is(await s.getAssetRecord('unknown'), null)
})

everywhere('registering again replaces the definition and keeps what was materialized', async (t, s) => {
  await s.registerAssets([
    { assetKey: 'a', tags: ['old'], kinds: ['k'], group: 'g', codeVersion: 'c1', pool: [['db', 1]] },
  ])
  const id = await s.storeEvent({
    eventType: 'Materialization',
    runId: 'r',
    assetKey: 'a',
    timestamp: 7,
    dataVersion: 'v',
    inputDataVersions: [['u', '1']],
  })
  await s.registerAssets([{ assetKey: 'a', tags: ['new'], codeVersion: 'c2' }])
  t.deepEqual(await s.getAssetRecord('a'), {
    ...NEVER,
    assetKey: 'a',
    tags: ['new'],
    codeVersion: 'c2',
    lastEventId: id,
    lastRunId: 'r',
    lastTimestamp: 7,
    lastDataVersion: 'v',
    lastMaterializationCodeVersion: 'c1',
    lastInputDataVersions: [['u', '1']],
  })
  t.deepEqual(await s.getAssetsByTag('old'), [])
  t.deepEqual(await s.getAssetsByKind('k'), [])
  t.deepEqual(await s.getAssetsByGroup('g'), [])
})

everywhere('a registration is all or nothing', async (t, s) => {
  await rejects(
    t,
    'ERR_INVALID_ARG',
    () => s.registerAssets([{ assetKey: 'good' }, { assetKey: '\ud800' }]),
    /assetKey/,
  )
  t.deepEqual(await s.getAssetRecords(), [])
  await s.registerAssets([])
  t.deepEqual(await s.getAssetRecords(), [])
})

everywhere('a materialization shows in the record, even without a data version', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }])
  await s.storeEvent({
    eventType: 'Materialization',
    runId: 'r1',
    assetKey: 'a',
    timestamp: 1,
    dataVersion: 'v1',
    inputDataVersions: [['u', '1']],
  })
  const id = await s.storeEvent({ eventType: 'Materialization', runId: 'r2', assetKey: 'a', timestamp: 2 })
  t.deepEqual(await s.getAssetRecord('a'), {
    ...NEVER,
    assetKey: 'a',
    lastEventId: id,
    lastRunId: 'r2',
    lastTimestamp: 2,
  })
})

everywhere('an observation changes event, time and data version only', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a', codeVersion: 'c' }])
  await s.storeEvent({
    eventType: 'Materialization',
    runId: 'r1',
    assetKey: 'a',
    timestamp: 1,
    dataVersion: 'v1',
    inputDataVersions: [['u', '1']],
  })
  const id = await s.storeEvent({
    eventType: 'Observation',
    runId: 'r2',
    assetKey: 'a',
    timestamp: 2,
    dataVersion: 'v2',
  })
  t.deepEqual(await s.getAssetRecord('a'), {
    ...NEVER,
    assetKey: 'a',
    codeVersion: 'c',
    lastEventId: id,
    lastRunId: 'r1',
    lastTimestamp: 2,
    lastDataVersion: 'v2',
    lastMaterializationCodeVersion: 'c',
    lastInputDataVersions: [['u', '1']],
  })
})

everywhere('other events leave the record alone', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }])
  for (const eventType of ['StepStart', 'StepSuccess', 'StepFailure', 'ActionCompleted', 'StepSlotClaimed'] as const) {
    await s.storeEvent({ eventType, runId: 'r', assetKey: 'a' })
  }
  t.deepEqual(await s.getAssetRecord('a'), { ...NEVER, assetKey: 'a' })
})

everywhere('events do not register an asset', async (t, s) => {
  await s.storeEvent({ eventType: 'Materialization', runId: 'r', assetKey: 'a', dataVersion: 'v' })
  await s.storeEvent({ eventType: 'Observation', runId: 'r', assetKey: 'a', dataVersion: 'v' })
  t.is(await s.getAssetRecord('a'), null)
  t.deepEqual(await s.getAssetRecords(), [])
})

everywhere('an older event does not turn the record back, one of the same time does show', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }])
  await s.storeEvent({ eventType: 'Materialization', runId: 'r2', assetKey: 'a', timestamp: 20, dataVersion: 'new' })
  const shown = await s.getAssetRecord('a')
  await s.storeEvent({ eventType: 'Materialization', runId: 'r1', assetKey: 'a', timestamp: 19, dataVersion: 'old' })
  await s.storeEvent({ eventType: 'Observation', runId: 'r1', assetKey: 'a', timestamp: 19, dataVersion: 'old' })
  await s.storeEvent({ eventType: 'Deletion', runId: 'r1', assetKey: 'a', timestamp: 19 })
  t.deepEqual(await s.getAssetRecord('a'), shown)
  t.is((await s.getEventsForAsset('a')).length, 4)
  await s.storeEvent({
    eventType: 'Materialization',
    runId: 'r3',
    assetKey: 'a',
    timestamp: 20,
    dataVersion: 'same time',
  })
  t.is((await s.getAssetRecord('a'))?.lastDataVersion, 'same time')
})

everywhere('a deletion empties the record; the last materialization can still be read', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a', codeVersion: 'c', tags: ['t'] }])
  const made = await s.storeEvent({
    eventType: 'Materialization',
    runId: 'r',
    assetKey: 'a',
    timestamp: 1,
    dataVersion: 'v',
    inputDataVersions: [['u', '1']],
  })
  const id = await s.storeEvent({ eventType: 'Deletion', runId: 'r2', assetKey: 'a', timestamp: 2 })
  t.deepEqual(await s.getAssetRecord('a'), { ...NEVER, assetKey: 'a', codeVersion: 'c', tags: ['t'], lastEventId: id })
  t.is((await s.getLatestMaterialization('a'))?.id, made)
})

everywhere('a deleted partition goes, and the record only if it shows that partition', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }])
  await s.storeEvents(
    ['p1', 'p2', 'p3'].map((partitionKey, i) => ({
      eventType: 'Materialization' as const,
      runId: 'r',
      assetKey: 'a',
      partitionKey,
      timestamp: i,
      dataVersion: partitionKey,
    })),
  )
  const shown = await s.getAssetRecord('a')
  await s.storeEvent({ eventType: 'Deletion', runId: 'r', assetKey: 'a', partitionKey: 'p1', timestamp: 10 })
  t.deepEqual(await s.getMaterializedPartitions('a'), [{ single: ['p2'] }, { single: ['p3'] }])
  t.deepEqual(await s.getAssetRecord('a'), shown)
  const id = await s.storeEvent({ eventType: 'Deletion', runId: 'r', assetKey: 'a', partitionKey: 'p3', timestamp: 11 })
  t.deepEqual(await s.getMaterializedPartitions('a'), [{ single: ['p2'] }])
  t.deepEqual(await s.getAssetRecord('a'), { ...NEVER, assetKey: 'a', lastEventId: id })
})

everywhere(
  'a batch counts in its order: an earlier observation does not hide a later materialization',
  async (t, s) => {
    await s.registerAssets([{ assetKey: 'a' }])
    const [, id] = await s.storeEvents([
      { eventType: 'Observation', runId: 'r', assetKey: 'a', timestamp: 1, dataVersion: 'seen' },
      { eventType: 'Materialization', runId: 'r', assetKey: 'a', timestamp: 1, dataVersion: 'made' },
    ])
    const record = await s.getAssetRecord('a')
    t.deepEqual([record?.lastEventId, record?.lastDataVersion], [id, 'made'])
  },
)

everywhere('assets are found by tag, kind and group, exactly, and listed by key', async (t, s) => {
  await s.registerAssets([
    { assetKey: 'é', tags: ['t', 't'], kinds: ['csv'], group: 'g' },
    { assetKey: '😀', tags: ['t', ''], kinds: ['csv', 'db'], group: 'g' },
    { assetKey: '\uffff', tags: ['T'], kinds: ['DB'], group: 'G' },
    { assetKey: 'b', tags: ['tt'], group: 'gg' },
    { assetKey: '' },
  ])
  t.deepEqual(keys(await s.getAssetRecords()), ['', 'b', 'é', '\uffff', '😀'])
  t.deepEqual(keys(await s.getAssetsByTag('t')), ['é', '😀'])
  t.deepEqual(keys(await s.getAssetsByTag('')), ['😀'])
  t.deepEqual(keys(await s.getAssetsByKind('db')), ['😀'])
  t.deepEqual(keys(await s.getAssetsByKind('csv')), ['é', '😀'])
  t.deepEqual(keys(await s.getAssetsByGroup('g')), ['é', '😀'])
  t.deepEqual(await s.getAssetsByGroup('none'), [])
})

everywhere('every asset is listed: there is no limit', async (t, s) => {
  await s.registerAssets(
    Array.from({ length: 250 }, (_, i) => ({
      assetKey: `a${String(i).padStart(3, '0')}`,
      tags: ['t'],
      kinds: ['k'],
      group: 'g',
    })),
  )
  t.is((await s.getAssetRecords()).length, 250)
  t.is((await s.getAssetsByTag('t')).length, 250)
  t.is((await s.getAssetsByKind('k')).length, 250)
  t.is((await s.getAssetsByGroup('g')).length, 250)
})

everywhere('the first registration of one asset by many at once is no conflict', async (t, s) => {
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      s.registerAssets([{ assetKey: 'a', tags: [String(i)] }, { assetKey: `b${i}` }]),
    ),
  )
  t.is((await s.getAssetRecords()).length, 21)
})

embedded('assets belong to their code location and stay after the store is opened again', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.registerAssets([{ assetKey: 'x', tags: ['t'], kinds: ['k'], group: 'g', codeVersion: 'ca' }])
  await b.s.registerAssets([{ assetKey: 'x', codeVersion: 'cb' }])
  await a.s.storeEvent({ eventType: 'Materialization', runId: 'r', assetKey: 'x', timestamp: 3, dataVersion: 'v' })
  const shown = await a.s.getAssetRecord('x')
  t.is(shown?.lastMaterializationCodeVersion, 'ca')
  t.deepEqual(await b.s.getAssetRecord('x'), { ...NEVER, assetKey: 'x', codeVersion: 'cb' })
  for (const found of [b.s.getAssetsByTag('t'), b.s.getAssetsByKind('k'), b.s.getAssetsByGroup('g')])
    t.deepEqual(await found, [])
  await a.s.close()
  await b.s.close()
  const again = await open({ codeLocation: 'a' })
  t.deepEqual(await again.s.getAssetRecords(), [shown!])
})
