import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { AssetDefinition, SlotClaim } from 'rivers-storage'
import type { Driver } from './helpers/driver.js'
import { everywhere, onManualClock } from './helpers/everywhere.js'

// Mistakes of the reference system, one test each; those that an ordinary test of its area shows already stand there.
// reference-bugs.md lists all of them.

const claim = (s: Driver, stepKey: string, pools: SlotClaim['pools'], more: Partial<SlotClaim> = {}) =>
  s.claimConcurrencySlots({ runId: 'r', stepKey, pools, ...more })
const made = (assetKey: string, dataVersion: string, timestamp: number, inputDataVersions: [string, string][] = []) =>
  ({ eventType: 'Materialization', runId: 'r', assetKey, dataVersion, timestamp, inputDataVersions }) as const

everywhere('a claim on an unlimited and a limited pool is granted, in either order', async (t, s) => {
  await s.setPoolLimit('open', -1)
  await s.setPoolLimit('db', 2)
  t.true((await claim(s, 'a', ['open', 'db'])).isClaimed)
  t.true((await claim(s, 'b', ['db', 'open'])).isClaimed)
  const blocked = await claim(s, 'c', ['open', 'db'])
  t.deepEqual([blocked.isClaimed, blocked.reason?.kind, blocked.reason?.poolKey], [false, 'pool_full', 'db'])
  t.deepEqual(
    (await s.getAllPoolInfos()).map(pool => pool.claimedCount),
    [2, 2],
  )
})

everywhere('who claims again is not kept waiting by its own slot', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const first = await claim(s, 'a', 'db')
  const again = await claim(s, 'a', 'db')
  t.true(again.isClaimed)
  t.is(again.token, first.token)
  t.is((await s.getPoolInfo('db')).pendingCount, 0)
})

everywhere('who holds one pool is not told that it holds another', async (t, s) => {
  await s.setPoolLimit('db', 1)
  await s.setPoolLimit('api', 1)
  await claim(s, 'other', 'api')
  t.true((await claim(s, 'a', 'db')).isClaimed)
  t.false((await claim(s, 'a', 'api')).isClaimed)
  t.deepEqual(
    (await s.getPoolSlotHolders('api')).map(holder => holder.stepKey),
    ['other'],
  )
})

everywhere('a waiter leaves the queue with any claim that is granted, of an unlimited pool, too', async (t, s) => {
  await s.setPoolLimit('open', -1)
  await s.setPoolLimit('closed', 0)
  t.false((await claim(s, 'a', 'closed')).isClaimed)
  t.true((await claim(s, 'a', 'open')).isClaimed)
  t.is((await s.getPoolInfo('closed')).pendingCount, 0)
})

everywhere('a waiter that asks for other pools is counted there only', async (t, s) => {
  await s.setPoolLimit('a', 0)
  await s.setPoolLimit('b', 0)
  await claim(s, 'w', 'a')
  await claim(s, 'w', 'b')
  t.deepEqual(
    (await s.getAllPoolInfos()).map(pool => pool.pendingCount),
    [0, 1],
  )
})

onManualClock('a lease shorter than a second limits while it lasts', async (t, s, pass) => {
  await s.setPoolLimit('db', 1, { leaseDuration: '250ms' })
  t.true((await claim(s, 'a', 'db')).isClaimed)
  pass(249)
  t.false((await claim(s, 'b', 'db')).isClaimed)
  pass(1)
  t.true((await claim(s, 'b', 'db')).isClaimed)
})

onManualClock('a late renewal does not put two holders into one slot', async (t, s, pass) => {
  await s.setPoolLimit('db', 1)
  await claim(s, 'a', 'db', { leaseDuration: '1s' })
  pass('2s')
  t.true((await claim(s, 'b', 'db')).isClaimed)
  t.is(await s.renewSlotLease('r', 'a'), 0)
  t.deepEqual(
    (await s.getPoolSlotHolders('db')).map(holder => holder.stepKey),
    ['b'],
  )
})

everywhere('fifty who claim one slot at once: one has it', async (t, s) => {
  await s.setPoolLimit('db', 1)
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => claim(s, `s${i}`, 'db')))
  t.is(answers.filter(answer => answer.isClaimed).length, 1)
  const { claimedCount, pendingCount } = await s.getPoolInfo('db')
  t.deepEqual([claimedCount, pendingCount], [1, 49])
})

everywhere('many set the limit of a new pool at once: none fails, one limit stands', async (t, s) => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => s.setPoolLimit('new', i + 1)))
  const [pool] = await s.getPoolLimits()
  t.true(pool!.slotLimit >= 1 && pool!.slotLimit <= 20)
  t.is((await s.getPoolLimits()).length, 1)
})

everywhere('keys of the user do not meet what the storage keeps', async (t, s) => {
  const value = Buffer.from('{"Success":{}}')
  for (const key of ['cancel:r', 'run_outcome:r', 'graph_topology:default']) await s.kvSet(key, value)
  t.false(await s.isCancelled('r'))
  t.is(await s.getRunOutcome('r'), null)
  t.is(await s.getGraphTopology(), null)
  await s.requestCancellation('q')
  await s.setRunOutcome('q', { status: 'Success', completedSteps: 1, totalSteps: 1 })
  await s.setGraphTopology({ nodes: [], edges: [] })
  t.deepEqual(await s.kvKeys(), ['cancel:r', 'graph_topology:default', 'run_outcome:r'])
  t.deepEqual(await s.kvGet('graph_topology:default'), value)
})

everywhere('an upstream nobody knows does not silence the check of what is below', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }, { assetKey: 'b' }])
  await s.setGraphTopology({
    nodes: [],
    edges: [
      ['a', 'ghost'],
      ['b', 'a'],
    ],
  })
  await s.storeEvents([made('a', '1', 1), made('b', '1', 2, [['a', '1']])])
  t.deepEqual(await s.computeStaleness(), {
    a: { status: 'UpToDate', causes: [] },
    b: { status: 'UpToDate', causes: [] },
  })
  await s.storeEvent(made('a', '2', 3))
  const { a, b, ...others } = await s.computeStaleness()
  t.deepEqual([a?.status, b?.status, others], ['UpToDate', 'Stale', {}])
})

everywhere('a cycle does not silence the check of its members and of what is below', async (t, s) => {
  await s.registerAssets(['a', 'b', 'c'].map(assetKey => ({ assetKey })))
  await s.setGraphTopology({
    nodes: [],
    edges: [
      ['a', 'b'],
      ['b', 'a'],
      ['c', 'b'],
    ],
  })
  await s.storeEvents([
    made('a', '1', 1, [['b', '1']]),
    made('b', '1', 1, [['a', '1']]),
    made('c', '1', 1, [['b', '1']]),
  ])
  const status = async (): Promise<string[]> => Object.values(await s.computeStaleness()).map(asset => asset.status)
  t.deepEqual(await status(), ['UpToDate', 'UpToDate', 'UpToDate'])
  await s.storeEvent(made('b', '2', 2, [['a', '1']]))
  const { a, c } = await s.computeStaleness()
  t.deepEqual([a?.status, c?.status], ['Stale', 'Stale'])
})

everywhere('staleness passes through a node that has no record', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a', codeVersion: '1' }, { assetKey: 'b' }])
  await s.setGraphTopology({
    nodes: [
      { name: 'a', kind: 'asset' },
      { name: 'task', kind: 'task' },
      { name: 'b', kind: 'asset' },
    ],
    edges: [
      ['task', 'a'],
      ['b', 'task'],
    ],
  })
  await s.storeEvents([made('a', '1', 1), made('b', '1', 2)])
  t.is((await s.computeStaleness())['b']?.status, 'UpToDate')
  await s.registerAssets([{ assetKey: 'a', codeVersion: '2' }])
  const told = await s.computeStaleness()
  t.deepEqual(Object.keys(told), ['a', 'b'])
  t.is(told['b']?.status, 'Stale')
  t.is(told['b']?.causes[0]?.category, 'Data')
})

everywhere('a store of many events at once loses none and repeats none', async (t, s) => {
  const ids = await Promise.all(
    Array.from({ length: 200 }, (_, i) => s.storeEvent({ eventType: 'StepStart', runId: 'r', assetKey: `a${i}` })),
  )
  t.is(new Set(ids).size, 200)
  t.is((await s.getEventsForRun('r')).length, 200)
})

everywhere('many first runs of one id at once leave one, and the loser of another content is told', async (t, s) => {
  const created = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => s.createRun({ runId: 'r', jobName: i % 2 ? 'odd' : 'even' })),
  )
  const { jobName } = (await s.getRun('r'))!
  const won = created.map((result, i) => (result.status === 'fulfilled') === ((i % 2 ? 'odd' : 'even') === jobName))
  t.true(won.every(Boolean))
  t.is((await s.getRuns()).length, 1)
})

everywhere('registering assets makes no pool and changes none', async (t, s) => {
  await s.setPoolLimit('db', 3, { leaseDuration: '1h' })
  const assets: AssetDefinition[] = [
    {
      assetKey: 'a',
      pool: [
        ['db', 1],
        ['unheard of', 2],
      ],
    },
  ]
  await s.registerAssets(assets)
  await s.registerAssets(assets)
  t.deepEqual(await s.getPoolLimits(), [{ poolKey: 'db', slotLimit: 3, leaseDurationSecs: 3600 }])
})

everywhere('many add the same dynamic partitions at once: all are there, and nobody is refused', async (t, s) => {
  const keys = Array.from({ length: 20 }, (_, i) => `key-${10 + i}`)
  await Promise.all(Array.from({ length: 20 }, (_, i) => s.addDynamicPartitions('d', keys.slice(0, i + 1))))
  t.deepEqual(await s.getDynamicPartitions('d'), keys)
})

onManualClock('a lease of an unlimited pool alone is kept like any other', async (t, s, pass, storage) => {
  await s.setPoolLimit('open', -1, { leaseDuration: '3s' })
  const lease = await storage.acquireSlots({ runId: 'r', stepKey: 'a', pools: 'open' })
  pass('1m')
  t.true(lease.live)
  t.is((await s.getPoolInfo('open')).claimedCount, 1)
  await lease.release()
  t.is((await s.getPoolInfo('open')).claimedCount, 0)
})

everywhere('ids of events and ticks are the same wherever they are told, and can be gone on from', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }])
  const events = await s.storeEvents([made('a', '1', 1), made('a', '2', 2)])
  t.deepEqual(
    (await s.getEventsForRun('r')).map(event => event.id),
    events,
  )
  t.is((await s.getAssetRecord('a'))?.lastEventId, events[1])
  t.is((await s.getEventsForAsset('a', { after: events[1]! }))[0]?.id, events[0])
  const tick = { automationName: 'n', automationType: 'Schedule', status: 'Success', timestamp: 1 }
  const ticks = await s.storeTicks([tick, tick, tick])
  // Newest first; of one time, the last stored.
  t.deepEqual(
    (await s.getTicks('n')).map(({ id }) => id),
    ticks.toReversed(),
  )
  t.is((await s.getTicks('n', { after: ticks[2]!, limit: 1 }))[0]?.id, ticks[1])
})

test('every test that the list of mistakes names is there', t => {
  const sources = ['__test__', join('crates', 'storage')].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => /\.(spec\.ts|rs)$/.test(path))
      .map(path => readFileSync(join(folder, path), 'utf8')),
  )
  const isTest = (text: string): boolean => sources.some(source => source.includes(text))
  const rows = readFileSync(join('__test__', 'reference-bugs.md'), 'utf8').match(/^\| (?!there|---|\*\*).*\|$/gm) ?? []
  t.true(rows.length > 40)
  for (const row of rows) {
    const [, mistake, tests] = row.split('|')
    const titles = Array.from(tests!.matchAll(/`([^`]+)`/g), match => match[1]!)
    t.true(titles.length > 0, `nothing shows: ${mistake}`)
    for (const title of titles) {
      t.true(isTest(/^\w+$/.test(title) ? `fn ${title}()` : `'${title}'`), `there is no test '${title}'`)
    }
  }
})
