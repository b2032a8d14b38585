import type { AssetStaleness } from 'rivers-storage'
import type { Driver } from './helpers/driver.js'
import { embedded, everywhere } from './helpers/everywhere.js'
import { rejects } from './helpers/rejects.js'

const UP_TO_DATE: AssetStaleness = { status: 'UpToDate', causes: [] }
const MISSING: AssetStaleness = { status: 'Missing', causes: [] }
const code = (assetKey: string) => ({
  assetKey,
  category: 'Code' as const,
  reason: 'code version changed',
  dependency: null,
})
const data = (assetKey: string, dependency: string, what: string) => ({
  assetKey,
  category: 'Data' as const,
  reason: `upstream '${dependency}' ${what}`,
  dependency,
})
const stale = (...causes: AssetStaleness['causes']): AssetStaleness => ({ status: 'Stale', causes })

/** Edges as 'downstream <- upstream'; every name is a node. */
async function graph(s: Driver, edges: [string, string][]): Promise<void> {
  const nodes = [...new Set(edges.flat())].map(name => ({ name, kind: 'asset' as const }))
  await s.setGraphTopology({ nodes, edges })
}
let clock = 0
async function make(
  s: Driver,
  assetKey: string,
  dataVersion: string | null,
  inputs: [string, string][] = [],
): Promise<void> {
  await s.storeEvent({
    eventType: 'Materialization',
    runId: 'r',
    assetKey,
    dataVersion,
    inputDataVersions: inputs,
    timestamp: ++clock,
  })
}
/** a <- b <- c, all made from each other's first version. */
async function chain(s: Driver): Promise<void> {
  await s.registerAssets(['a', 'b', 'c'].map(assetKey => ({ assetKey, codeVersion: '1' })))
  await graph(s, [
    ['b', 'a'],
    ['c', 'b'],
  ])
  await make(s, 'a', 'a1')
  await make(s, 'b', 'b1', [['a', 'a1']])
  await make(s, 'c', 'c1', [['b', 'b1']])
}

everywhere('without assets there is nothing to tell', async (t, s) => {
  t.deepEqual(await s.computeStaleness(), {})
  t.is(await s.getGraphTopology(), null)
})

everywhere('what was never materialized is missing', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a', codeVersion: '1' }])
  t.deepEqual(await s.computeStaleness(), { a: MISSING })
})

everywhere('a materialization without a data version leaves the asset missing', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }])
  await make(s, 'a', null)
  t.deepEqual(await s.computeStaleness(), { a: MISSING })
})

everywhere('a chain made from its current inputs is up to date', async (t, s) => {
  await chain(s)
  t.deepEqual(await s.computeStaleness(), { a: UP_TO_DATE, b: UP_TO_DATE, c: UP_TO_DATE })
})

everywhere('a changed code version makes the asset and all below it stale, until they are made again', async (t, s) => {
  await chain(s)
  await s.registerAssets([{ assetKey: 'a', codeVersion: '2' }])
  t.deepEqual(await s.computeStaleness(), {
    a: stale(code('a')),
    b: stale(data('b', 'a', 'is stale')),
    c: stale(data('c', 'b', 'is stale')),
  })
  await make(s, 'a', 'a2')
  await make(s, 'b', 'b2', [['a', 'a2']])
  await make(s, 'c', 'c2', [['b', 'b2']])
  t.deepEqual(await s.computeStaleness(), { a: UP_TO_DATE, b: UP_TO_DATE, c: UP_TO_DATE })
})

everywhere('a dropped code version is no cause; one that came later is', async (t, s) => {
  await s.registerAssets([{ assetKey: 'dropped', codeVersion: '1' }, { assetKey: 'added' }])
  await make(s, 'dropped', 'v')
  await make(s, 'added', 'v')
  await s.registerAssets([{ assetKey: 'dropped' }, { assetKey: 'added', codeVersion: '1' }])
  t.deepEqual(await s.computeStaleness(), { added: stale(code('added')), dropped: UP_TO_DATE })
})

everywhere('an upstream made again, with other data, makes the next one stale and that the one after', async (t, s) => {
  await chain(s)
  await make(s, 'a', 'a2')
  t.deepEqual(await s.computeStaleness(), {
    a: UP_TO_DATE,
    b: stale(data('b', 'a', 'has new data version')),
    c: stale(data('c', 'b', 'is stale')),
  })
})

everywhere('an upstream made again with the same data changes nothing', async (t, s) => {
  await chain(s)
  await make(s, 'a', 'a1')
  t.deepEqual(await s.computeStaleness(), { a: UP_TO_DATE, b: UP_TO_DATE, c: UP_TO_DATE })
})

everywhere('an observed upstream counts like a materialized one', async (t, s) => {
  await chain(s)
  await s.storeEvent({ eventType: 'Observation', runId: '', assetKey: 'a', dataVersion: 'a2', timestamp: ++clock })
  t.deepEqual((await s.computeStaleness())['b'], stale(data('b', 'a', 'has new data version')))
})

everywhere('what was consumed is what the event says, not what the storage showed when it came', async (t, s) => {
  await chain(s)
  await make(s, 'a', 'a2')
  // b read a1, and a was made again before b had ended.
  await make(s, 'b', 'b2', [['a', 'a1']])
  t.deepEqual((await s.computeStaleness())['b'], stale(data('b', 'a', 'has new data version')))
})

everywhere('data of an upstream that was never consumed makes stale', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }, { assetKey: 'b' }])
  await make(s, 'a', 'a1')
  await make(s, 'b', 'b1')
  await graph(s, [['b', 'a']])
  t.deepEqual(await s.computeStaleness(), { a: UP_TO_DATE, b: stale(data('b', 'a', 'has data not yet consumed')) })
})

everywhere('a missing upstream makes stale what was made', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }, { assetKey: 'b' }])
  await make(s, 'b', 'b1')
  await graph(s, [['b', 'a']])
  t.deepEqual(await s.computeStaleness(), { a: MISSING, b: stale(data('b', 'a', 'is stale')) })
})

everywhere('causes come code first, then upstreams in the order of the edges', async (t, s) => {
  await s.registerAssets([{ assetKey: 'x', codeVersion: '1' }, { assetKey: 'z' }, { assetKey: 'a' }, { assetKey: 'm' }])
  await graph(s, [
    ['x', 'z'],
    ['x', 'a'],
    ['x', 'm'],
  ])
  await make(s, 'z', '1')
  await make(s, 'a', '1')
  await make(s, 'x', '1', [
    ['z', '1'],
    ['a', '0'],
  ])
  await make(s, 'm', '1')
  await s.registerAssets([{ assetKey: 'x', codeVersion: '2' }])
  t.deepEqual(
    (await s.computeStaleness())['x'],
    stale(code('x'), data('x', 'a', 'has new data version'), data('x', 'm', 'has data not yet consumed')),
  )
})

everywhere('the last of duplicate input versions counts', async (t, s) => {
  await s.registerAssets([{ assetKey: 'a' }, { assetKey: 'b' }])
  await graph(s, [['b', 'a']])
  await make(s, 'a', '2')
  await make(s, 'b', '1', [
    ['a', '1'],
    ['a', '2'],
  ])
  t.deepEqual((await s.computeStaleness())['b'], UP_TO_DATE)
})

everywhere('an asset with a strange name has its own property', async (t, s) => {
  await s.registerAssets([{ assetKey: '__proto__' }, { assetKey: 'constructor' }, { assetKey: '' }])
  const all = await s.computeStaleness()
  t.deepEqual(Object.keys(all).toSorted(), ['', '__proto__', 'constructor'])
  t.deepEqual(Object.getOwnPropertyDescriptor(all, '__proto__')?.value, MISSING)
})

everywhere('the topology comes back as it was set, and is replaced as a whole', async (t, s) => {
  await s.setGraphTopology({
    nodes: [
      { name: 'g', kind: 'graph_asset', group: 'x' },
      { name: 't', kind: 'task', parentGraph: 'g' },
      { name: 'a', kind: 'asset' },
    ],
    edges: [
      ['g', 'a'],
      ['a', 't'],
      ['g', 'a'],
    ],
  })
  const first = await s.getGraphTopology()
  t.deepEqual(first?.nodes, [
    { name: 'g', kind: 'graph_asset', group: 'x', parentGraph: null },
    { name: 't', kind: 'task', group: null, parentGraph: 'g' },
    { name: 'a', kind: 'asset', group: null, parentGraph: null },
  ])
  t.deepEqual(first?.edges, [
    ['g', 'a'],
    ['a', 't'],
    ['g', 'a'],
  ])
  await s.setGraphTopology({ nodes: [], edges: [] })
  t.deepEqual(await s.getGraphTopology(), { nodes: [], edges: [] })
})

everywhere('a malformed topology is refused and the old one stays', async (t, s) => {
  await graph(s, [['b', 'a']])
  const kept = await s.getGraphTopology()
  await rejects(
    t,
    'ERR_INVALID_ARG',
    () => s.setGraphTopology({ nodes: [{ name: 'x', kind: 'table' as never }], edges: [] }),
    /kind/,
    /table/,
  )
  await rejects(t, 'ERR_INVALID_ARG', () => s.setGraphTopology({ nodes: [], edges: [['only one'] as never] }), /edges/)
  await rejects(t, 'ERR_INVALID_ARG', () => s.setGraphTopology({ nodes: [] } as never), /edges/)
  t.deepEqual(await s.getGraphTopology(), kept)
})

embedded('each code location has its own topology, kept when the store is opened again', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await chain(a.s)
  await b.s.registerAssets([{ assetKey: 'b' }])
  t.is(await b.s.getGraphTopology(), null)
  t.deepEqual(await b.s.computeStaleness(), { b: MISSING })
  await make(a.s, 'a', 'a2')
  const told = await a.s.computeStaleness()
  await a.s.close()
  await b.s.close()
  t.deepEqual(await (await open({ codeLocation: 'a' })).s.computeStaleness(), told)
})
