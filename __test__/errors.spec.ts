import { Storage, type NewEvent, type NewRun } from 'rivers-storage'
import type { Driver } from './helpers/driver.js'
import { everywhere, onBoth } from './helpers/everywhere.js'
import { bad, failureOf, rejects } from './helpers/rejects.js'

const NO_STRINGS: unknown[] = [
  1,
  null,
  undefined,
  true,
  1n,
  {},
  [],
  ['a'],
  Symbol('s'),
  () => 'a',
  new String('a'),
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
]
/** Where a string may be left out. */
const NO_IDS = NO_STRINGS.filter(value => value !== undefined)
const NO_LIMITS: unknown[] = [-1, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53, 1e300, '1', null, true, 1n, {}]
const NO_TIMES: unknown[] = [1.5, Number.NaN, Infinity, 2 ** 53, -(2 ** 53), '1', true, 1n, new Date(0)]
const NO_OPTIONS: unknown[] = [1, 'x', true, null]
const NO_OBJECTS: unknown[] = [null, undefined, 1, 'x', true]
const NO_PAIRS: unknown[] = [
  'ab',
  {},
  [['a']],
  [['a', 'b', 'c']],
  [['a', 1]],
  ['ab'],
  [[1, 'b']],
  [['\ud800', 'b']],
  null,
]

const start: NewEvent = { eventType: 'StepStart', runId: 'r', assetKey: 'a' }
const run: NewRun = { runId: 'r' }

/** Asks of every kind of argument once, in each operation that takes it; checks in the end that nothing was stored. */
function refused(title: string, cases: (s: Driver) => [RegExp, unknown[], (value: never) => Promise<unknown>][]): void {
  everywhere(title, async (t, s) => {
    for (const [mention, values, call] of cases(s)) {
      for (const value of values) await rejects(t, 'ERR_INVALID_ARG', () => call(bad(value)), mention)
    }
    const left = [
      s.kvKeys(),
      s.getRuns(),
      s.getAssetRecords(),
      s.getPoolLimits(),
      s.getEventsForRun('r'),
      s.getEventsForAsset('a'),
      s.getMaterializedPartitions('a'),
      s.getDynamicPartitions('n'),
      s.getTicks('n'),
      s.getRunLogs('r'),
    ]
    for (const list of left) t.deepEqual(await list, [])
    t.is(await s.getGraphTopology(), null)
    t.is(await s.getRunOutcome('r'), null)
    t.false(await s.isCancelled('r'))
  })
}

refused('what is no string, or no well-formed one, is refused wherever a string is asked', s => [
  [/key/, NO_STRINGS, key => s.kvGet(key)],
  [/key/, NO_STRINGS, key => s.kvSet(key, new Uint8Array(1))],
  [/key/, NO_STRINGS, key => s.kvDelete(key)],
  [/prefix/, NO_IDS, prefix => s.kvKeys({ prefix })],
  [/after/, NO_IDS, after => s.kvKeys({ after })],
  [/assetKey/, NO_STRINGS, key => s.getEventsForAsset(key)],
  [/runId/, NO_STRINGS, id => s.getEventsForRun(id)],
  [/assetKey/, NO_STRINGS, key => s.getLatestMaterialization(key)],
  [/assetKey/, NO_STRINGS, key => s.getAssetRecord(key)],
  [/tag/, NO_STRINGS, tag => s.getAssetsByTag(tag)],
  [/kind/, NO_STRINGS, kind => s.getAssetsByKind(kind)],
  [/group/, NO_STRINGS, group => s.getAssetsByGroup(group)],
  [/assetKey/, NO_STRINGS, assetKey => s.getMaterializedPartitions(assetKey)],
  [/assetKey/, NO_STRINGS, assetKey => s.countMaterializedPartitions(assetKey)],
  [/name/, NO_STRINGS, name => s.addDynamicPartitions(name, ['k'])],
  [/keys\[1\]/, NO_STRINGS, key => s.addDynamicPartitions('n', ['k', key])],
  [/name/, NO_STRINGS, name => s.getDynamicPartitions(name)],
  [/name/, NO_STRINGS, name => s.hasDynamicPartition(name, 'k')],
  [/key/, NO_STRINGS, key => s.hasDynamicPartition('n', key)],
  [/name/, NO_STRINGS, name => s.deleteDynamicPartition(name, 'k')],
  [/key/, NO_STRINGS, key => s.deleteDynamicPartition('n', key)],
  [/automationName/, NO_STRINGS, name => s.getTicks(name)],
  [/automationName/, NO_STRINGS, name => s.pruneTicks(name, { keep: 0 })],
  [/runId/, NO_STRINGS, id => s.getRunLogs(id)],
  [/runId/, NO_STRINGS, id => s.getRun(id)],
  [/runId/, NO_STRINGS, id => s.tryStartRun(id)],
  [/runId/, NO_STRINGS, id => s.cancelQueuedRun(id)],
  [/runId/, NO_STRINGS, id => s.requestCancellation(id)],
  [/runId/, NO_STRINGS, id => s.isCancelled(id)],
  [/runId/, NO_STRINGS, id => s.getRunProgress(id)],
  [/runId/, NO_STRINGS, id => s.getRunOutcome(id)],
  [/runId/, NO_STRINGS, id => s.setRunOutcome(id, { status: 'Success', completedSteps: 0, totalSteps: 0 })],
  [/runId/, NO_STRINGS, id => s.updateRunStatus(id, 'Started')],
  [/runId/, NO_STRINGS, id => s.setRunBlockReason(id, 'why')],
  [/runId/, NO_STRINGS, id => s.deleteRun(id)],
  [/poolKey/, NO_STRINGS, pool => s.setPoolLimit(pool, 1)],
  [/poolKey/, NO_STRINGS, pool => s.getPoolInfo(pool)],
  [/poolKey/, NO_STRINGS, pool => s.getPoolSlotHolders(pool)],
  [/poolKey/, NO_STRINGS, pool => s.getPoolWaiters(pool)],
  [/poolKey/, NO_STRINGS, pool => s.deletePoolLimit(pool)],
  [/runId/, NO_STRINGS, runId => s.claimConcurrencySlots({ runId, stepKey: 's', pools: 'db' })],
  [/stepKey/, NO_STRINGS, stepKey => s.claimConcurrencySlots({ runId: 'r', stepKey, pools: 'db' })],
  [/runId/, NO_STRINGS, id => s.freeConcurrencySlots(id, 's')],
  [/stepKey/, NO_STRINGS, step => s.freeConcurrencySlots('r', step)],
  [/runId/, NO_STRINGS, id => s.freeConcurrencySlotsForRun(id)],
  [/runId/, NO_STRINGS, id => s.renewSlotLease(id, 's')],
  [/stepKey/, NO_STRINGS, step => s.renewSlotLease('r', step)],
])

refused('bad fields of events are refused', s => [
  [/event/, NO_OBJECTS, event => s.storeEvent(event)],
  [/events/, [...NO_OBJECTS, {}], events => s.storeEvents(events)],
  [/runId/, NO_STRINGS, runId => s.storeEvent({ ...start, runId })],
  [/eventType/, ['', 'stepStart', 'Unknown', 1, null, undefined], eventType => s.storeEvent({ ...start, eventType })],
  [/assetKey/, [1, {}, '\ud800'], assetKey => s.storeEvent({ ...start, assetKey })],
  [/id/, [1, null, '\ud800'], id => s.storeEvent({ ...start, id })],
  [/timestamp/, [...NO_TIMES, null], timestamp => s.storeEvent({ ...start, timestamp })],
  [/dataVersion/, [1, '\ud800'], dataVersion => s.storeEvent({ ...start, dataVersion })],
  [/metadata/, NO_PAIRS, metadata => s.storeEvents([start, { ...start, metadata }])],
  [/inputDataVersions/, NO_PAIRS, inputDataVersions => s.storeEvent({ ...start, inputDataVersions })],
])

refused('bad fields of assets and the topology are refused', s => [
  [/assets/, [...NO_OBJECTS, {}], assets => s.registerAssets(assets)],
  [/assetKey/, NO_STRINGS, assetKey => s.registerAssets([{ assetKey: 'good' }, { assetKey }])],
  [/tags/, ['t', {}, [1], ['\ud800'], null], tags => s.registerAssets([{ assetKey: 'a', tags }])],
  [/kinds/, ['t', {}, [1], ['\ud800'], null], kinds => s.registerAssets([{ assetKey: 'a', kinds }])],
  [/group/, [1, '\ud800'], group => s.registerAssets([{ assetKey: 'a', group }])],
  [/codeVersion/, [1, '\ud800'], codeVersion => s.registerAssets([{ assetKey: 'a', codeVersion }])],
  [
    /pool/,
    ['db', { db: 1 }, [['db']], [['db', 0]], [['db', 1.5]], [['db', 2 ** 31]], [[1, 1]]],
    pool => s.registerAssets([{ assetKey: 'a', pool }]),
  ],
  [/topology/, NO_OBJECTS, topology => s.setGraphTopology(topology)],
  [/name/, NO_STRINGS, name => s.setGraphTopology({ nodes: [{ name, kind: 'asset' }], edges: [] })],
  [/edges/, [null, 'ab', [['a']], [['a', 'b', 'c']], [['a', 1]]], edges => s.setGraphTopology({ nodes: [], edges })],
])

refused('bad fields of runs are refused', s => [
  [/run/, NO_OBJECTS, value => s.createRun(value)],
  [/runs/, [...NO_OBJECTS, {}], runs => s.createRuns(runs)],
  [/runId/, NO_STRINGS, runId => s.createRun({ runId })],
  [/runId/, NO_STRINGS, runId => s.enqueueRuns([run, { runId }])],
  [/jobName/, [1, '\ud800'], jobName => s.createRun({ ...run, jobName })],
  [/status/, ['', 'queued', 'Cancelled', 1, null], status => s.createRun({ ...run, status })],
  [/startTime/, [...NO_TIMES, null], startTime => s.enqueueRun({ ...run, startTime })],
  [/tags/, NO_PAIRS, tags => s.createRun({ ...run, tags })],
  [/nodeNames/, ['a', {}, [1], ['\ud800'], null], nodeNames => s.createRun({ ...run, nodeNames })],
  [
    /priority/,
    [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, '1', null, 1n],
    priority => s.createRun({ ...run, priority }),
  ],
  [/blockReason/, [1, '\ud800'], blockReason => s.createRun({ ...run, blockReason })],
  [
    /launchedBy/,
    ['manual', {}, { kind: 'other' }, { kind: 'schedule', name: 1 }, null],
    launchedBy => s.createRun({ ...run, launchedBy }),
  ],
])

refused('bad limits and options are refused', s => [
  [/limit/, NO_LIMITS, limit => s.kvKeys({ limit })],
  [/limit/, NO_LIMITS, limit => s.getEventsForRun('r', { limit })],
  [/limit/, NO_LIMITS, limit => s.getEventsForAsset('a', { limit })],
  [/limit/, NO_LIMITS, limit => s.getRuns({ limit })],
  [/limit/, NO_LIMITS, limit => s.getTicks('n', { limit })],
  [/after/, NO_IDS, after => s.getEventsForRun('r', { after })],
  [/after/, NO_IDS, after => s.getEventsForAsset('a', { after })],
  [/after/, NO_IDS, after => s.getRuns({ after })],
  [/after/, NO_IDS, after => s.getTicks('n', { after })],
  [/options/, NO_OPTIONS, options => s.kvKeys(options)],
  [/options/, NO_OPTIONS, options => s.getEventsForRun('r', options)],
  [/options/, NO_OPTIONS, options => s.getEventsForAsset('a', options)],
  [/options/, NO_OPTIONS, options => s.getTicks('n', options)],
  [/options/, NO_OPTIONS, options => s.getLatestMaterialization('a', options)],
  [/options/, NO_OPTIONS, options => s.storeEvent(start, options)],
  [/options/, NO_OPTIONS, options => s.storeEvents([start], options)],
  [/options/, NO_OPTIONS, options => s.updateRunStatus('r', 'Started', options)],
  [/options/, NO_OPTIONS, options => s.freeConcurrencySlots('r', 's', options)],
  [/options/, NO_OPTIONS, options => s.renewSlotLease('r', 's', options)],
  [/options/, NO_OPTIONS, options => s.getRuns(options)],
  [/options/, NO_OPTIONS, options => s.setPoolLimit('p', 1, options)],
  [/token/, [1.5, -1, Number.NaN, 2 ** 53, '1', null], token => s.freeConcurrencySlots('r', 's', { token })],
  [/token/, [1.5, -1, Number.NaN, 2 ** 53, '1', null], token => s.renewSlotLease('r', 's', { token })],
])

everywhere('the message names the value, cut when it is long', async (t, s) => {
  await rejects(t, 'ERR_INVALID_ARG', () => s.getRuns({ limit: -17 }), /limit/, /-17/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.updateRunStatus('r', bad('Bogus')), /status/, /Bogus/)
  const long = await rejects(t, 'ERR_INVALID_ARG', () => s.updateRunStatus('r', bad('Bogus'.repeat(100_000))), /status/)
  t.true(long.message.length < 5_000)
})

everywhere('a value that throws when it is read is named, and what it threw is the cause', async (t, s) => {
  const thrown = new Error('mine')
  const unreadable = (): never => {
    throw thrown
  }
  const withGetter = Object.defineProperty({ ...start }, 'runId', { get: unreadable, enumerable: true })
  const proxy = new Proxy(start, { get: unreadable })
  const list = Object.defineProperty([start, start], 1, { get: unreadable })
  const cases: [NewEvent[], RegExp][] = [
    [[start, withGetter], /events\[1\]\.runId/],
    [[start, proxy], /events\[1\]\./],
    [list, /events\[1\]/],
  ]
  for (const [events, mention] of cases) {
    const error = await rejects(t, 'ERR_INVALID_ARG', () => s.storeEvents(events), mention)
    t.is(error.cause, thrown)
  }
  t.deepEqual(await s.getEventsForRun('r'), [])
})

everywhere('fields may be inherited or computed, and are read whatever else is there', async (t, s) => {
  class Started {
    readonly id = 'mine'
    readonly assetKey = 'a'
    readonly more = Symbol('more')
    get eventType(): 'StepStart' {
      return 'StepStart'
    }
    get runId(): string {
      return 'r'
    }
  }
  await s.storeEvents([
    new Started(),
    Object.freeze({ ...start, id: 'frozen' }),
    Object.assign(Object.create(null), start),
  ])
  const stored = await s.getEventsForRun('r')
  t.deepEqual(
    stored.map(({ assetKey, eventType }) => [assetKey, eventType]),
    Array.from({ length: 3 }, () => ['a', 'StepStart']),
  )
  t.deepEqual(
    stored.slice(0, 2).map(({ id }) => id),
    ['mine', 'frozen'],
  )
})

/** Operations that need no argument. */
const BARE = [
  'close',
  'kvKeys',
  'getAssetRecords',
  'computeStaleness',
  'getGraphTopology',
  'getRuns',
  'getQueuedRuns',
  'getPoolLimits',
  'getAllPoolInfos',
  'freeExpiredLeases',
]

everywhere('a call without its arguments is refused, one argument more does no harm', async (t, s) => {
  const loose = s as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  const names = Object.getOwnPropertyNames(Storage.prototype)
    .filter(name => name.endsWith('Sync'))
    .map(name => name.slice(0, -'Sync'.length))
  t.true(names.length > 50)
  for (const name of names) {
    if (!BARE.includes(name)) await rejects(t, 'ERR_INVALID_ARG', () => loose[name]!(), /got undefined/)
  }
  t.is(await loose['kvGet']!('k', 'more', {}), null)
  t.deepEqual(await loose['getPoolLimits']!({}), [])
})

everywhere('empty strings are ordinary', async (t, s) => {
  await s.kvSet('', new Uint8Array(1))
  await s.registerAssets([{ assetKey: '', tags: [''], codeVersion: '' }])
  await s.createRun({ runId: '', tags: [['', '']] })
  await s.storeEvent({
    id: '',
    eventType: 'Materialization',
    runId: '',
    assetKey: '',
    dataVersion: '',
    metadata: [['', '']],
  })
  await s.setPoolLimit('', 1)
  t.true((await s.claimConcurrencySlots({ runId: '', stepKey: '', pools: '' })).isClaimed)
  t.is((await s.claimConcurrencySlots({ runId: 'other', stepKey: '', pools: '' })).position, 1)
  t.is((await s.getPoolSlotHolders('')).length, 1)
  t.is((await s.getPoolWaiters('')).length, 1)
  t.is(await s.freeConcurrencySlotsForRun('other'), 0)
  t.is(await s.freeConcurrencySlotsForRun(''), 1)
  t.true(await s.deletePoolLimit(''))
  await s.storeTick({ id: '', automationName: '', automationType: '', status: '', cursor: '' })
  t.deepEqual(
    (await s.getTicks('')).map(({ id, cursor }) => [id, cursor]),
    [['', '']],
  )
  t.deepEqual(await s.getTicks('', { after: '' }), [])
  t.is(await s.pruneTicks('', { keep: 0 }), 1)
  await s.storeRunLogs([{ id: '', runId: '', stepKey: '', stdout: '' }])
  t.deepEqual(
    (await s.getRunLogs('')).map(({ id, stdout }) => [id, stdout]),
    [['', '']],
  )
  await s.addDynamicPartitions('', ['k'])
  t.true(await s.hasDynamicPartition('', 'k'))
  await s.setRunBlockReason('', '')
  await s.requestCancellation('')
  t.true(await s.isCancelled(''))
  t.deepEqual(await s.getRuns({ after: '' }), [])
  t.is((await s.getAssetsByTag('')).length, 1)
  t.is((await s.getAssetRecord(''))?.lastMaterializationCodeVersion, '')
  t.deepEqual(
    (await s.getEventsForRun('')).map(event => [event.id, event.dataVersion]),
    [['', '']],
  )
})

const shape = (error: Error & { code?: unknown; retryable?: unknown }): unknown[] => [
  error.name,
  error.code,
  error.retryable,
  error.message,
  error.constructor,
  Object.keys(error),
  'cause' in error,
]

onBoth('both forms fail with the same error', async (t, s) => {
  await s.createRun({ runId: 'r', jobName: 'j' })
  const pairs: [() => Promise<unknown>, () => unknown][] = [
    [() => s.kvGet(bad(1)), () => s.kvGetSync(bad(1))],
    [() => s.getRuns({ limit: -1 }), () => s.getRunsSync({ limit: -1 })],
    [() => s.createRun({ runId: 'r', jobName: 'k' }), () => s.createRunSync({ runId: 'r', jobName: 'k' })],
    [() => s.tryStartRun('ghost'), () => s.tryStartRunSync('ghost')],
    [() => s.getPoolInfo('ghost'), () => s.getPoolInfoSync('ghost')],
    [() => s.getEventsForRun('r', { after: 'gone' }), () => s.getEventsForRunSync('r', { after: 'gone' })],
  ]
  for (const [promise, sync] of pairs)
    t.deepEqual(shape(t.throws(sync) as Error), shape((await failureOf(promise())) as Error))
})

everywhere('what was passed in is copied before the call returns', async (t, s) => {
  const tags: [string, string][] = [['k', 'v']]
  const events: NewEvent[] = [{ ...start, metadata: tags, partitionKey: { single: ['p'] } }]
  const newRun = { ...run, tags }
  const pools = { db: 1 }
  const keys = ['k']
  const ticks = [{ automationName: 'n', automationType: 't', status: 's', runIds: ['r'] }]
  const logs = [{ runId: 'r', stepKey: 's', stdout: 'text' }]
  const assets = [{ assetKey: 'a', tags: ['t'], pool: [['db', 1]] as [string, number][] }]
  const topology = { nodes: [{ name: 'a', kind: 'asset' as const }], edges: [['a', 'b']] as [string, string][] }
  await s.setPoolLimit('db', 5)
  const calls = [
    s.storeEvents(events),
    s.createRun(newRun),
    s.claimConcurrencySlots({ runId: 'r', stepKey: 's', pools }),
    s.addDynamicPartitions('n', keys),
    s.storeTicks(ticks),
    s.storeRunLogs(logs),
    s.registerAssets(assets),
    s.setGraphTopology(topology),
  ]
  keys[0] = 'changed'
  ticks[0]!.runIds[0] = 'changed'
  logs[0]!.stdout = 'changed'
  assets[0]!.tags[0] = 'changed'
  assets[0]!.pool[0]![1] = 9
  topology.edges[0]![1] = 'changed'
  topology.nodes[0]!.name = 'changed'
  ;(events[0]!.partitionKey as { single: string[] }).single[0] = 'changed'
  tags[0]![1] = 'changed'
  events.push({ ...start, runId: 'other' })
  newRun.runId = 'other'
  pools.db = 5
  await Promise.all(calls)
  const [event] = await s.getEventsForRun('r')
  t.deepEqual([event?.metadata, event?.partitionKey], [[['k', 'v']], { single: ['p'] }])
  t.deepEqual((await s.getRun('r'))?.tags, [['k', 'v']])
  t.deepEqual(await s.getEventsForRun('other'), [])
  t.is((await s.getPoolInfo('db')).claimedCount, 1)
  t.deepEqual(await s.getDynamicPartitions('n'), ['k'])
  t.deepEqual((await s.getTicks('n'))[0]?.runIds, ['r'])
  t.is((await s.getRunLogs('r'))[0]?.stdout, 'text')
  const asset = await s.getAssetRecord('a')
  t.deepEqual([asset?.tags, asset?.pool], [['t'], [['db', 1]]])
  const graph = await s.getGraphTopology()
  t.deepEqual([graph?.nodes[0]?.name, graph?.edges], ['a', [['a', 'b']]])
})
