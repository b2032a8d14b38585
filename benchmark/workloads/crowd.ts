import type { Claim } from '../peers/peer.js'
import { claimAndFree, leaseMs } from './claims.js'
import { latency, type Offering, type Workload } from './workload.js'

const group = 'A pool with many in it'
const SIZES = [10, 1000, 10_000]
const BATCH = 1000

const claim = (stepKey: string, slots: number, priority = 0): Claim => ({
  runId: 'crowd',
  stepKey,
  pools: [['crowded', slots]],
  priority,
})

/** So many holders and so many who wait for two slots, with one slot free, which only a higher priority may take. */
async function fill(store: Offering<'setPoolLimit' | 'claimAll'>, size: number): Promise<void> {
  await store.setPoolLimit('crowded', size + 1)
  for (const [name, slots] of [
    ['holder', 1],
    ['waiter', 2],
  ] as const) {
    const all = Array.from({ length: size }, (_, i) => claim(`${name}${i}`, slots))
    for (let i = 0; i < size; i += BATCH) await store.claimAll(all.slice(i, i + BATCH))
  }
}

const described = (what: string, size: number) => ({
  name: `${what}, ${size} hold and ${size} wait`,
  group,
  curve: { name: `${what} by crowd`, at: size },
  fullOnly: size === 1000,
})

export const crowds: Workload[] = SIZES.flatMap(size => [
  latency({
    ...described('claim + free', size),
    needs: ['setPoolLimit', 'claimAll', 'claim', 'free'],
    async prepare(store) {
      await fill(store, size)
      let n = 0
      return () => claimAndFree(store, claim(`step${n++}`, 1, 1))
    },
  }),
  latency({
    ...described('renew', size),
    needs: ['setPoolLimit', 'claimAll', 'renew'],
    async prepare(store) {
      await fill(store, size)
      let n = 0
      return () => store.renew('crowd', `holder${n++ % size}`, leaseMs(n))
    },
  }),
])
