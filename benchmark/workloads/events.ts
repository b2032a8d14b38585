import { assetsOf, assetKey, eventsOf, stepEvents } from './samples.js'
import { latency, type Workload } from './workload.js'

const group = 'Events and assets'
const ASSETS = 34
/** A run of 34 steps, and 34 runs of one step, are 102 events: what an executor leaves of 34 assets. */
const STEPS = 34

const storing = (count: number): Workload =>
  latency({
    name: `storeEvents of ${count}`,
    group,
    needs: ['registerAssets', 'storeEvents'],
    async prepare(store) {
      await store.registerAssets(assetsOf(ASSETS))
      let run = 0
      return () => store.storeEvents(eventsOf(`run${run++}`, count, ASSETS))
    },
  })

const oneAsset = assetKey(0)

export const events: Workload[] = [
  ...[1, 100, 1000].map(storing),
  latency({
    name: 'getEventsForRun of 102',
    group,
    needs: ['registerAssets', 'storeEvents', 'getEventsForRun'],
    async prepare(store) {
      await store.registerAssets(assetsOf(ASSETS))
      await store.storeEvents(eventsOf('run', 3 * STEPS, ASSETS))
      return () => store.getEventsForRun('run')
    },
  }),
  latency({
    name: 'getEventsForAsset, newest 100',
    group,
    needs: ['registerAssets', 'storeEvents', 'getEventsForAsset'],
    async prepare(store) {
      await store.registerAssets(assetsOf(1))
      for (let i = 0; i < STEPS; i++) await store.storeEvents(stepEvents(`run${i}`, oneAsset))
      return () => store.getEventsForAsset(oneAsset, 100)
    },
  }),
  latency({
    name: 'getLatestMaterialization',
    group,
    needs: ['registerAssets', 'storeEvents', 'getLatestMaterialization'],
    async prepare(store) {
      await store.registerAssets(assetsOf(1))
      for (let i = 0; i < STEPS; i++) await store.storeEvents(stepEvents(`run${i}`, oneAsset))
      return () => store.getLatestMaterialization(oneAsset)
    },
  }),
  latency({
    name: 'getAssetRecord',
    group,
    needs: ['registerAssets', 'storeEvents', 'getAssetRecord'],
    async prepare(store) {
      await store.registerAssets(assetsOf(ASSETS))
      await store.storeEvents(eventsOf('run', 3 * STEPS, ASSETS))
      let n = 0
      return () => store.getAssetRecord(assetKey(n++ % ASSETS))
    },
  }),
]
