import type { Driver } from './helpers/driver.js'
import { everywhere } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

const LIMITED: Record<string, (s: Driver, limit: number) => Promise<unknown[]>> = {
  getEventsForAsset: (s, limit) => s.getEventsForAsset('a', { limit }),
  getEventsForRun: (s, limit) => s.getEventsForRun('r', { limit }),
  getRuns: (s, limit) => s.getRuns({ limit }),
  'getRuns of a status': (s, limit) => s.getRuns({ limit, status: 'Queued' }),
  getTicks: (s, limit) => s.getTicks('n', { limit }),
  kvKeys: (s, limit) => s.kvKeys({ limit }),
}

async function fill(s: Driver): Promise<void> {
  const each = [1, 2, 3]
  await s.storeEvents(each.map(timestamp => ({ eventType: 'Observation', runId: 'r', assetKey: 'a', timestamp })))
  await s.createRuns(each.map(i => ({ runId: `${i}`, status: 'Queued' })))
  const tick = { automationName: 'n', automationType: 'Sensor', status: 'Skipped' }
  await s.storeTicks(each.map(timestamp => ({ ...tick, timestamp })))
  for (const i of each) await s.kvSet(`${i}`, new Uint8Array(i))
}

for (const [name, list] of Object.entries(LIMITED)) {
  everywhere(`the limit of ${name}: 0 gives none, one too high all, and what is no count is refused`, async (t, s) => {
    await fill(s)
    const counts = [0, 1, 2, 3, 4, 1_000_000]
    t.deepEqual(await Promise.all(counts.map(async limit => (await list(s, limit)).length)), [0, 1, 2, 3, 3, 3])
    for (const limit of [-1, -1_000_000, 0.5, Number.NaN, -Infinity, '1', null, true]) {
      await rejects(t, 'ERR_INVALID_ARG', () => list(s, bad(limit)), /limit/, new RegExp(String(limit)))
    }
  })
}

// The middle two are the other way round in UTF-16.
const BY_CODE_POINT = ['a', '\uffff', '😀', '😀😀']
const SHUFFLED = ['😀😀', '\uffff', '😀', 'a']

const BY_KEY: Record<string, (s: Driver) => Promise<string[]>> = {
  async getAssetRecords(s) {
    await s.registerAssets(SHUFFLED.map(assetKey => ({ assetKey })))
    return (await s.getAssetRecords()).map(asset => asset.assetKey)
  },
  async getAssetsByTag(s) {
    await s.registerAssets(SHUFFLED.map(assetKey => ({ assetKey, tags: ['t'] })))
    return (await s.getAssetsByTag('t')).map(asset => asset.assetKey)
  },
  async getAssetsByKind(s) {
    await s.registerAssets(SHUFFLED.map(assetKey => ({ assetKey, kinds: ['k'] })))
    return (await s.getAssetsByKind('k')).map(asset => asset.assetKey)
  },
  async getAssetsByGroup(s) {
    await s.registerAssets(SHUFFLED.map(assetKey => ({ assetKey, group: 'g' })))
    return (await s.getAssetsByGroup('g')).map(asset => asset.assetKey)
  },
  async computeStaleness(s) {
    await s.registerAssets(SHUFFLED.map(assetKey => ({ assetKey })))
    return Object.keys(await s.computeStaleness())
  },
  async getMaterializedPartitions(s) {
    const made = { eventType: 'Materialization', runId: 'r', assetKey: 'a' } as const
    await s.storeEvents(SHUFFLED.map(partitionKey => ({ ...made, partitionKey })))
    return (await s.getMaterializedPartitions('a')).map(key => ('single' in key ? key.single.join() : ''))
  },
  async getDynamicPartitions(s) {
    await s.addDynamicPartitions('d', SHUFFLED)
    return s.getDynamicPartitions('d')
  },
  async getPoolLimits(s) {
    for (const key of SHUFFLED) await s.setPoolLimit(key, 1)
    return (await s.getPoolLimits()).map(pool => pool.poolKey)
  },
  async getAllPoolInfos(s) {
    for (const key of SHUFFLED) await s.setPoolLimit(key, 1)
    return (await s.getAllPoolInfos()).map(pool => pool.poolKey)
  },
  async kvKeys(s) {
    for (const key of SHUFFLED) await s.kvSet(key, new Uint8Array(0))
    return s.kvKeys()
  },
  // Of the same priority and time, by run id.
  async getQueuedRuns(s) {
    await s.enqueueRuns(SHUFFLED.map(runId => ({ runId, startTime: 1 })))
    return (await s.getQueuedRuns()).map(run => run.runId)
  },
}

for (const [name, list] of Object.entries(BY_KEY)) {
  everywhere(`${name} lists by key in the order of code points, which is not the one of UTF-16`, async (t, s) => {
    t.notDeepEqual(BY_CODE_POINT.toSorted(), BY_CODE_POINT)
    t.deepEqual(await list(s), BY_CODE_POINT)
  })
}
