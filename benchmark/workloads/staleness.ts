import type { NewEvent } from 'rivers-storage'
import { assetKey, assetsOf } from './samples.js'
import { latency, type Workload } from './workload.js'

const ASSETS = 1000
const keys = Array.from({ length: ASSETS }, (_, i) => assetKey(i))
/** A tree: each asset is made of the one at half its number. */
const upstream = (i: number): number | null => (i === 0 ? null : Math.floor(i / 2))

const made = (i: number): NewEvent => {
  const from = upstream(i)
  return {
    eventType: 'Materialization',
    runId: 'run',
    assetKey: assetKey(i),
    dataVersion: 'v1',
    inputDataVersions: from === null ? [] : [[assetKey(from), 'v1']],
  }
}

export const staleness: Workload[] = [
  latency({
    name: 'computeStaleness of 1000 assets',
    group: 'Events and assets',
    // Only read; and the reference has to run a thousand assets first.
    tiers: ['memory', 'relaxed'],
    needs: ['registerAssets', 'setGraphTopology', 'storeEvents', 'computeStaleness'],
    async prepare(store) {
      await store.registerAssets(assetsOf(ASSETS))
      await store.setGraphTopology({
        nodes: keys.map(name => ({ name, kind: 'asset' })),
        edges: keys.flatMap((key, i) => {
          const from = upstream(i)
          return from === null ? [] : [[key, assetKey(from)] as [string, string]]
        }),
      })
      await store.storeEvents(keys.map((_, i) => made(i)))
      return () => store.computeStaleness()
    },
  }),
]
