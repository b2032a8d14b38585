import { assetKey, assetsOf, eventsOf } from './samples.js'
import { latency, type Offering, type Workload } from './workload.js'

const group = 'Lists of 100 from stores of many events'
const SIZES = [1000, 10_000, 100_000, 1_000_000]
const IN_QUICK = [1000, 100_000]
const ASSETS = 10
const OF_A_RUN = 100
const BATCH = 1000

/** Runs of a hundred events each, over ten assets. */
export async function fillWithEvents(store: Offering<'registerAssets' | 'storeEvents'>, size: number): Promise<void> {
  await store.registerAssets(assetsOf(ASSETS))
  for (let stored = 0; stored < size; stored += BATCH) {
    const runs = Array.from({ length: BATCH / OF_A_RUN }, (_, i) => stored / OF_A_RUN + i)
    await store.storeEvents(runs.flatMap(run => eventsOf(`run${run}`, OF_A_RUN, ASSETS)))
  }
}

const described = (what: string, size: number) => ({
  name: `${what}, of ${size} events`,
  group,
  curve: { name: `${what} by events`, at: size },
  events: size,
  fullOnly: !IN_QUICK.includes(size),
  // The relaxed store is the same on disk as the durable one: reading it needs no fsync.
  tiers: ['memory', 'relaxed'] as const,
})

export const sizes: Workload[] = SIZES.flatMap(size => [
  latency({
    ...described('getEventsForRun', size),
    needs: ['registerAssets', 'storeEvents', 'getEventsForRun'],
    async prepare(store) {
      await fillWithEvents(store, size)
      let n = 0
      return () => store.getEventsForRun(`run${(n++ * 7) % (size / OF_A_RUN)}`)
    },
  }),
  latency({
    ...described('getEventsForAsset', size),
    needs: ['registerAssets', 'storeEvents', 'getEventsForAsset'],
    async prepare(store) {
      await fillWithEvents(store, size)
      let n = 0
      return () => store.getEventsForAsset(assetKey(n++ % ASSETS), 100)
    },
  }),
])
