import test from 'ava'
import { formatPartitionKey, type PartitionKey } from 'rivers-storage'
import type { Driver } from './helpers/driver.js'
import { everywhere } from './helpers/everywhere.js'
import { bad, isError, rejects } from './helpers/rejects.js'

let clock = 0
const make = (s: Driver, partitionKey: PartitionKey | string | null, assetKey = 'a'): Promise<string> =>
  s.storeEvent({ eventType: 'Materialization', runId: 'r', assetKey, partitionKey, timestamp: ++clock })
const latest = async (s: Driver, partition: PartitionKey | string | null): Promise<string | undefined> =>
  (await s.getLatestMaterialization('a', { partition }))?.id

const MALFORMED: unknown[] = [
  {},
  { single: [] },
  { single: 'a' },
  { single: [1] },
  { single: null },
  { single: ['\ud800'] },
  { multi: {} },
  { multi: { d: [] } },
  { multi: { d: 'x' } },
  { multi: { '': ['x'] } },
  { multi: [] },
  { set: [] },
  { set: ['a'] },
  { set: [{ single: [] }] },
  { other: ['a'] },
  ['a'],
  1,
  true,
  '\udfff',
]

everywhere('a partitioned materialization makes its partition known once', async (t, s) => {
  await make(s, 'p2')
  await make(s, 'p1')
  await make(s, 'p2')
  await make(s, 'p1', 'other')
  await make(s, null)
  t.deepEqual(await s.getMaterializedPartitions('a'), [{ single: ['p1'] }, { single: ['p2'] }])
  t.deepEqual(await s.getMaterializedPartitions('other'), [{ single: ['p1'] }])
  t.deepEqual(await s.getMaterializedPartitions('unknown'), [])
})

everywhere('only materializations make a partition known', async (t, s) => {
  for (const eventType of ['Observation', 'StepStart', 'StepSuccess', 'StepFailure', 'ActionCompleted'] as const) {
    await s.storeEvent({ eventType, runId: 'r', assetKey: 'a', partitionKey: 'p' })
  }
  t.deepEqual(await s.getMaterializedPartitions('a'), [])
})

everywhere('partitions are listed by key in code point order, all of them', async (t, s) => {
  const keys = [
    '',
    ' ',
    '10',
    '9',
    'A',
    'a',
    'é',
    '\uffff',
    '😀',
    ...Array.from({ length: 200 }, (_, i) => `p${String(i).padStart(3, '0')}`),
  ]
  await s.storeEvents(
    keys.map(partitionKey => ({ eventType: 'Materialization', runId: 'r', assetKey: 'a', partitionKey, timestamp: 1 })),
  )
  // By code point, which is the order of the UTF-8 bytes.
  const sorted = keys.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
  t.deepEqual(
    await s.getMaterializedPartitions('a'),
    sorted.map(key => ({ single: [key] })),
  )
})

everywhere('a string is the partition of one value', async (t, s) => {
  await make(s, 'p')
  await make(s, { single: ['p'] })
  await make(s, 'a,b|c=d')
  t.deepEqual(await s.getMaterializedPartitions('a'), [{ single: ['a,b|c=d'] }, { single: ['p'] }])
})

everywhere('keys that are equal after normalising are one partition', async (t, s) => {
  const groups: PartitionKey[][] = [
    [{ single: ['b', 'a', 'b'] }, { single: ['a', 'b'] }],
    [{ multi: { region: ['us', 'eu', 'us'], date: ['1'] } }, { multi: { date: ['1'], region: ['eu', 'us'] } }],
    [
      { set: [{ single: ['y', 'x'] }, { multi: { d: ['2', '1'] } }] },
      { set: [{ single: ['x', 'y'] }, { multi: { d: ['1', '2'] } }] },
    ],
  ]
  for (const group of groups) {
    for (const key of group) await make(s, key)
    const normal = group.at(-1)!
    t.deepEqual((await s.getLatestMaterialization('a'))?.partitionKey, normal)
    // Every spelling finds the newest.
    const ids = await Promise.all(group.map(key => latest(s, key)))
    t.is(typeof ids[0], 'string')
    t.is(new Set(ids).size, 1)
  }
  t.is((await s.getMaterializedPartitions('a')).length, groups.length)
})

everywhere('values and dimensions are sorted by code point', async (t, s) => {
  await make(s, { single: ['😀', '\uffff', 'a'] })
  await make(s, { multi: { '😀': ['1'], '\uffff': ['1'] } })
  const [single, multi] = (await s.getEventsForRun('r')).map(event => event.partitionKey)
  t.deepEqual(single, { single: ['a', '\uffff', '😀'] })
  // As text, because the order of an object's properties is none of deepEqual's concerns.
  t.is(JSON.stringify(multi), '{"multi":{"\uffff":["1"],"😀":["1"]}}')
})

everywhere('a set keeps its order: another order is another partition', async (t, s) => {
  const [x, y] = [{ single: ['x'] }, { single: ['y'] }]
  const yx = await make(s, { set: [y, x] })
  const xy = await make(s, { set: [x, y] })
  t.is(await latest(s, { set: [y, x] }), yx)
  t.is(await latest(s, { set: [x, y] }), xy)
  t.is((await s.getMaterializedPartitions('a')).length, 2)
})

everywhere('any string is a value, any but the empty one a dimension', async (t, s) => {
  const keys: PartitionKey[] = [
    { single: ['', '\0', '|', ',', '='] },
    { multi: { ' ': [''], '=|,': ['=|,'], __proto__x: ['v'] } },
  ]
  for (const key of keys) {
    t.is(await latest(s, key), undefined)
    const id = await make(s, key)
    t.is(await latest(s, key), id)
  }
  t.is((await s.getMaterializedPartitions('a')).length, 2)
})

everywhere('a key of a run is normalised, too', async (t, s) => {
  await s.createRun({ runId: 'created', partitionKey: { multi: { b: ['2', '1', '2'], a: ['x'] } } })
  await s.enqueueRun({ runId: 'queued', partitionKey: { set: [{ single: ['y', 'x', 'y'] }, { single: ['a'] }] } })
  const created = (await s.getRun('created'))?.partitionKey
  t.is(JSON.stringify(created), '{"multi":{"a":["x"],"b":["1","2"]}}')
  const normal = { set: [{ single: ['x', 'y'] }, { single: ['a'] }] }
  t.deepEqual((await s.getRun('queued'))?.partitionKey, normal)
  t.deepEqual((await s.getEventsForRun('queued'))[0]?.partitionKey, normal)
})

everywhere('a set may repeat a member, and hold sets', async (t, s) => {
  const x = { single: ['x'] }
  const keys: PartitionKey[] = [{ set: [x] }, { set: [x, x] }, { set: [{ set: [x] }, { multi: { d: ['1', '2'] } }] }]
  for (const key of keys) {
    const id = await make(s, key)
    t.is(await latest(s, key), id)
    t.deepEqual((await s.getLatestMaterialization('a'))?.partitionKey, key)
  }
  t.is(await s.countMaterializedPartitions('a'), 3)
})

everywhere('materialized partitions are counted', async (t, s) => {
  t.is(await s.countMaterializedPartitions('a'), 0)
  await s.storeEvents(
    Array.from({ length: 150 }, (_, i) => ({
      eventType: 'Materialization',
      runId: 'r',
      assetKey: 'a',
      partitionKey: `p${i % 130}`,
      timestamp: i,
    })),
  )
  await make(s, null)
  await make(s, 'p', 'other')
  t.is(await s.countMaterializedPartitions('a'), 130)
  await s.storeEvent({ eventType: 'Deletion', runId: 'r', assetKey: 'a', partitionKey: 'p7', timestamp: 1_000 })
  t.is(await s.countMaterializedPartitions('a'), 129)
  t.is((await s.getMaterializedPartitions('a')).length, 129)
})

everywhere('malformed keys are refused on every way in and store nothing', async (t, s) => {
  for (const key of MALFORMED) {
    await rejects(t, 'ERR_INVALID_ARG', () => make(s, bad(key)), /partitionKey/)
    await rejects(t, 'ERR_INVALID_ARG', () => s.createRun({ runId: 'run', partitionKey: bad(key) }), /partitionKey/)
    await rejects(t, 'ERR_INVALID_ARG', () => s.getLatestMaterialization('a', { partition: bad(key) }), /partition/)
  }
  t.deepEqual(await s.getEventsForRun('r'), [])
  t.deepEqual(await s.getMaterializedPartitions('a'), [])
  t.is(await s.getRun('run'), null)
})

everywhere('the latest materialization of one partition', async (t, s) => {
  const first = await make(s, 'p1')
  await make(s, 'p2')
  t.is(await latest(s, 'p1'), first)
  const second = await make(s, 'p1')
  t.is(await latest(s, 'p1'), second)
  t.is(await latest(s, { single: ['p1'] }), second)
  t.is(await latest(s, 'p3'), undefined)
  t.is(await latest(s, { single: ['p1', 'p2'] }), undefined)
})

everywhere('the empty string is the partition with that key, not "no partition"', async (t, s) => {
  await make(s, 'p')
  t.is(await latest(s, ''), undefined)
  const empty = await make(s, '')
  const unpartitioned = await make(s, null)
  t.is(await latest(s, ''), empty)
  t.is(await latest(s, null), unpartitioned)
})

everywhere('the display form finds a partition of several dimensions, in any order of them', async (t, s) => {
  const id = await make(s, { multi: { region: ['us', 'eu'], date: ['2024-01-01'] } })
  t.is(await latest(s, 'date=2024-01-01|region=eu,us'), id)
  t.is(await latest(s, 'region=us,eu|date=2024-01-01'), id)
  t.is(await latest(s, 'date=2024-01-01'), undefined)
  t.is(await latest(s, 'date=2024-01-01|region=eu'), undefined)
})

everywhere(
  'a display form that could be both is the dimensions if there is such a row, else the value',
  async (t, s) => {
    const single = await make(s, 'date=1')
    t.is(await latest(s, 'date=1'), single)
    const multi = await make(s, { multi: { date: ['1'] } })
    // Newer, but a look-alike.
    const newer = await make(s, 'date=1')
    t.is(await latest(s, 'date=1'), multi)
    t.is(await latest(s, { single: ['date=1'] }), newer)
    // Not dimensions: an empty name, a part without '='.
    const odd = await make(s, '=x')
    const half = await make(s, 'a=1|b')
    t.is(await latest(s, '=x'), odd)
    t.is(await latest(s, 'a=1|b'), half)
  },
)

everywhere('batches and sets are found by their keys, not by their display forms', async (t, s) => {
  const batch = await make(s, { single: ['a', 'b'] })
  const set = await make(s, { set: [{ single: ['a'] }, { multi: { d: ['x'] } }] })
  t.is(await latest(s, 'a,b'), undefined)
  t.is(await latest(s, 'a, d=x'), undefined)
  t.is(await latest(s, { single: ['b', 'a'] }), batch)
  t.is(await latest(s, { set: [{ single: ['a'] }, { multi: { d: ['x'] } }] }), set)
})

test('display forms', t => {
  t.is(formatPartitionKey({ single: ['2024-01-01'] }), '2024-01-01')
  t.is(formatPartitionKey({ single: ['a', 'b'] }), 'a,b')
  t.is(formatPartitionKey({ single: [''] }), '')
  t.is(formatPartitionKey({ multi: { region: ['eu', 'us'], date: ['2024-01-01'] } }), 'date=2024-01-01|region=eu,us')
  t.is(formatPartitionKey({ set: [{ single: ['a'] }, { multi: { d: ['x'] } }] }), 'a, d=x')
  t.is(formatPartitionKey({ multi: { '😀': ['1'], '\uffff': ['1'] } }), '\uffff=1|😀=1')
  // Of the key as it is stored.
  t.is(formatPartitionKey({ single: ['b', 'a', 'b'] }), 'a,b')
  t.is(formatPartitionKey({ multi: { d: ['2', '1', '2'] } }), 'd=1,2')
  t.is(formatPartitionKey({ set: [{ single: ['b'] }, { single: ['a'] }, { single: ['b'] }] }), 'b, a, b')
})

test('a malformed key has no display form', t => {
  for (const key of [{}, { single: [] }, { multi: { '': ['x'] } }, { set: [] }, null]) {
    isError(
      t,
      t.throws(() => formatPartitionKey(bad(key))),
      'ERR_INVALID_ARG',
    )
  }
})
